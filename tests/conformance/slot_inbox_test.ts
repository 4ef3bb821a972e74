import { assert, assertEquals } from "@std/assert";
import { type FrameReceiver, SlotInbox } from "../../markdev/slot_inbox.ts";
import { FrameFlag, FrameKind } from "../../wire/frame.ts";
import type { FrameView } from "../../wire/frame_view.ts";
import { makeFrame, send, streamsOf } from "./slot_fixture.ts";
import { slotTest } from "./slot_stand.ts";

const WHOLE = FrameFlag.FIRST | FrameFlag.LAST;

/** Notes frames; is ready for so many requests a turn. */
class Receiver implements FrameReceiver {
  readonly seen: string[] = [];
  perTurn = Infinity;
  #left = 0;
  onFrame: (() => void) | undefined;

  turn(): void {
    this.#left = this.perTurn;
  }

  ready(): boolean {
    return this.#left-- > 0;
  }

  frame({ kind, stream }: FrameView): void {
    this.seen.push(`${kind === FrameKind.REQUEST ? "request" : kind} ${stream}`);
    this.onFrame?.();
  }
}

function request(stream: number, length = 64): Uint8Array {
  const frame = makeFrame(stream, length, FrameKind.REQUEST);
  frame[5] = WHOLE;
  return frame;
}

slotTest(
  "requests are unread for the proxy until they begin, everything else is given out at once",
  async (stand) => {
    const end = await stand.attach();
    const { proxy } = stand;
    const unread = () => {
      const bytes = proxy.unread();
      return streamsOf(bytes, bytes.length);
    };
    const inbox = new SlotInbox(end);
    const receiver = new Receiver();
    receiver.perTurn = 1;
    for (const stream of [1, 2]) assert(send(proxy, request(stream)));
    assert(send(proxy, makeFrame(9, 16, FrameKind.CANCEL)));
    assert(send(proxy, request(3)));
    assert(inbox.take() > 0);
    receiver.onFrame = () => {
      if (receiver.seen.length === 1) assertEquals(unread(), [2, 9, 3], "while the first begins");
    };
    inbox.give(receiver);
    assertEquals(receiver.seen, ["request 1", `${FrameKind.CANCEL} 9`]);
    assert(inbox.waiting);
    assertEquals(unread(), [2, 9, 3]);

    // What comes meanwhile is given out as well, and only once.
    assert(send(proxy, makeFrame(8, 16, FrameKind.REPLY_CREDIT)));
    inbox.take();
    inbox.give(receiver);
    assertEquals(receiver.seen.slice(2), ["request 2", `${FrameKind.REPLY_CREDIT} 8`]);
    assertEquals(unread(), [3, 8]);
    assertEquals(inbox.take(), 0);
    inbox.give(receiver);
    assertEquals(receiver.seen.slice(4), ["request 3"]);
    assert(!inbox.waiting);
    assertEquals(unread(), []);
  },
);

slotTest(
  "a frame at which the receiver fails is given once, and the others after it",
  async (stand) => {
    const end = await stand.attach();
    const { proxy } = stand;
    const inbox = new SlotInbox(end);
    const receiver = new Receiver();
    for (const stream of [1, 2]) send(proxy, request(stream));
    receiver.onFrame = () => {
      receiver.onFrame = undefined;
      throw new Error("at the first");
    };
    inbox.take();
    try {
      inbox.give(receiver);
    } catch {
      // What a caller does with it is his business.
    }
    inbox.give(receiver);
    assertEquals(receiver.seen, ["request 1", "request 2"]);
  },
);

slotTest(
  "thousands of requests of all sizes pass, held back at random, over the end of the space",
  async (stand) => {
    const end = await stand.attach();
    const { proxy } = stand;
    const inbox = new SlotInbox(end);
    const receiver = new Receiver();
    let sent = 0;
    let seed = 7;
    const random = (below: number) => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) % below;
    const wanted: string[] = [];
    while (sent < 3_000 || inbox.waiting) {
      for (let i = random(4); i >= 0 && sent < 3_000; i--) {
        const length = 16 + random(end.maxFrameBytes - 16);
        if (!send(proxy, request(sent, length))) break;
        wanted.push(`request ${sent++}`);
      }
      receiver.perTurn = 1 + random(3);
      inbox.take();
      inbox.give(receiver);
    }
    while (inbox.take() > 0) inbox.give(receiver);
    assertEquals(receiver.seen, wanted);
    assertEquals(proxy.unread().length, 0);
  },
);
