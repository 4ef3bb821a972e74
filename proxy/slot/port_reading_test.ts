import { assertEquals } from "@std/assert";
import { FRAME_MAX_BYTES } from "../../limits.ts";
import { makeFrame, SlotFixture } from "../../tests/conformance/slot_fixture.ts";
import { frameOf } from "../../tests/support/frames.ts";
import { callWith } from "../../tests/support/proxy_calls.ts";
import { FrameFlag, FrameKind } from "../../wire/frame.ts";
import { FrameQueue } from "../../wire/frame_queue.ts";
import { FrameView } from "../../wire/frame_view.ts";
import { SlotPort } from "./port.ts";

const { FIRST, LAST } = FrameFlag;

/** The proxy's end of a slot, and what comes out of it, in words. */
function listened(fixture: SlotFixture) {
  const heard: string[] = [];
  const watched = { now: 0 };
  const port: SlotPort = new SlotPort({
    end: fixture.segment.slot(1),
    device: {
      mechanism: "reactor",
      fallbackReason: undefined,
      watch: () => {
        watched.now++;
        return { [Symbol.dispose]: () => void watched.now-- };
      },
      watchHangup: () => ({ [Symbol.dispose]: () => {} }),
      nextTurn: () => {},
      [Symbol.dispose]: () => {},
      [Symbol.asyncDispose]: () => Promise.resolve(),
    },
    switchboard: {
      frames: (_port, bytes, words, start, end) => {
        const frame = new FrameView().over(bytes, words, start, end);
        while (frame.advance()) heard.push(`call ${frame.stream}`);
      },
    },
    queueMaxBytes: 1 << 20,
    control: ({ kind, stream }) => {
      heard.push(`control ${stream}`);
      if (kind === FrameKind.UNCAUGHT) port[Symbol.dispose]();
    },
    fault: ({ message }) => heard.push(message),
  });
  return { port, heard, watched };
}

Deno.test("a request counts as unread from when it waits until its process begins it, and not without its last fragment", async () => {
  await using fixture = new SlotFixture();
  const { end } = await fixture.attach(1);
  using port = listened(fixture).port;
  port.start();
  const [whole, cut] = [callWith(), callWith()];
  [whole.id, cut.id] = [5, 6];
  const send = async (call: typeof whole, flags: number) => {
    call.requestEndBytes = port.queue.appendedBytes;
    port.forward(frameOf(FrameKind.REQUEST, flags, 1, new Uint8Array(40)), call.id);
    assertEquals(port.unread(call, 0), true, "it has not left");
    await new Promise((resolve) => setTimeout(resolve, 0));
  };
  await send(whole, FIRST | LAST);
  await send(cut, FIRST);
  assertEquals([port.unread(whole, 1), port.unread(cut, 1)], [true, false]);
  end.take(new Uint8Array(FRAME_MAX_BYTES));
  assertEquals(port.unread(whole, 2), true, "its process has it, and has not begun it");
  end.releaseAll();
  assertEquals(port.unread(whole, 2), true, "it was looked at then");
  assertEquals(port.unread(whole, 3), false);
});

Deno.test("what a process says of itself keeps its place among its calls, and ends what comes after it when that cost the slot", async () => {
  await using fixture = new SlotFixture();
  const { port, heard, watched } = listened(fixture);
  const queue = new FrameQueue(1 << 16);
  const { REPLY, READY, BEGUN, UNCAUGHT } = FrameKind;
  [REPLY, READY, REPLY, REPLY, BEGUN, UNCAUGHT, REPLY].forEach((kind, index) => {
    queue.append(kind, FIRST | LAST, index, new Uint8Array(3));
  });
  assertEquals([port.index, port.label, watched.now], [1, "slot 1", 1]);
  port.frames(queue.bytes, queue.words, 0, queue.tail);
  const calls = [0, 2, 3].map((stream) => `call ${stream}`);
  assertEquals(heard, [calls[0], "control 1", calls[1], calls[2], "control 4", "control 5"]);
  assertEquals(watched.now, 0, "it listens no more");
});

Deno.test("what a dead process sent last counts if it is to be heard, and what waited for it was never read", async () => {
  for (const isHeard of [true, false]) {
    await using fixture = new SlotFixture();
    const { end } = await fixture.attach(1);
    const { port, heard } = listened(fixture);
    const frame = makeFrame(7, 24, FrameKind.REPLY);
    end.write(frame, 0, frame.length);
    const call = callWith();
    call.id = 5;
    call.requestEndBytes = port.queue.appendedBytes;
    port.queue.append(FrameKind.REQUEST, FIRST | LAST, call.id, new Uint8Array(40));
    port.processDied(isHeard);
    port[Symbol.dispose]();
    assertEquals(heard, isHeard ? ["call 7"] : []);
    assertEquals(port.unread(call, 1), true);
  }
});
