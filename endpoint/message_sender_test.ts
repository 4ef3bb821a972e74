import { assert, assertEquals } from "@std/assert";
import { STREAM_ITEM_MIN_COST_BYTES, STREAM_WINDOW_BYTES } from "../limits.ts";
import { openMarkDevice } from "../markdev/open_mark_device.ts";
import { SlotChannel } from "../markdev/slot_channel.ts";
import { SlotFixture } from "../tests/conformance/slot_fixture.ts";
import { Assembler } from "../wire/assembler.ts";
import { FrameFlag, FrameKind, paddedBytes } from "../wire/frame.ts";
import { MessageSender, OutStream } from "./message_sender.ts";

interface Arrived {
  stream: number;
  flags: number;
  body: Uint8Array;
}

/** A sender in a process's end of a slot, and what arrives at the proxy's end. */
class Pair implements AsyncDisposable {
  readonly fixture = new SlotFixture();
  readonly arrived: Arrived[] = [];
  channel!: SlotChannel;
  sender!: MessageSender;
  readonly #opened = new AsyncDisposableStack();

  static async open(): Promise<Pair> {
    const pair = new Pair();
    pair.#opened.use(pair.fixture);
    const device = pair.#opened.use(await openMarkDevice());
    const { end } = await pair.fixture.attach(0);
    const receiver = {
      frames: () => {},
      room: () => pair.sender.pump(),
      fault: (error: Error) => {
        throw error;
      },
    };
    pair.channel = pair.#opened.use(new SlotChannel(end, device, receiver, 1 << 20));
    pair.sender = new MessageSender(pair.channel);
    return pair;
  }

  /** Moves frames over until none comes any more. */
  read(): void {
    const proxy = this.fixture.segment.slot(0);
    const buffer = new Uint8Array(4_096);
    const view = new DataView(buffer.buffer);
    for (;;) {
      this.channel.flush();
      const drained = proxy.read(buffer);
      if (drained === 0 && this.channel.queue.queuedBytes === 0) return;
      for (let at = 0; at < drained;) {
        const length = view.getUint32(at, true);
        this.arrived.push({
          stream: view.getUint32(at + 8, true),
          flags: buffer[at + 5]!,
          body: buffer.slice(at + 16, at + length),
        });
        at += paddedBytes(length);
      }
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#opened.disposeAsync();
  }
}

function bytes(length: number, seed: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 7 + seed) & 255);
}

function assembled(frames: readonly Arrived[]): Uint8Array {
  const assembler = new Assembler(1 << 24);
  for (const { flags, body } of frames) {
    if (assembler.push({ flags, bytes: body, start: 0, end: body.length }) === "complete") {
      return assembler.bytes.slice(assembler.start, assembler.end);
    }
  }
  throw new Error("the message is not complete");
}

Deno.test("a small message is one frame, head and payload together", async () => {
  await using pair = await Pair.open();
  pair.sender.sendRequest(new OutStream(5), FrameFlag.BYTES, bytes(30, 1), bytes(50, 2), true);
  pair.read();
  assertEquals(pair.arrived.length, 1);
  assertEquals(pair.arrived[0]!.flags, FrameFlag.BYTES | FrameFlag.FIRST | FrameFlag.LAST);
  assertEquals(pair.arrived[0]!.body, new Uint8Array([...bytes(30, 1), ...bytes(50, 2)]));
});

Deno.test("large messages of several streams take turns, and each arrives whole", async () => {
  await using pair = await Pair.open();
  for (const stream of [1, 2, 3]) {
    const body = bytes(10_000, stream);
    pair.sender.send(new OutStream(stream), FrameKind.REPLY, FrameFlag.END, body);
  }
  pair.read();
  for (const stream of [1, 2, 3]) {
    const frames = pair.arrived.filter((frame) => frame.stream === stream);
    assertEquals(assembled(frames), bytes(10_000, stream));
    const ends = frames.filter(({ flags }) => flags & FrameFlag.END);
    assertEquals(ends, [frames.at(-1)!], "only the last fragment ends the call");
  }
  const order = pair.arrived.map(({ stream }) => stream);
  assert(order.indexOf(3) < order.lastIndexOf(1), "they interleave");
});

Deno.test("a stream without credit waits, and goes on when it is granted some", async () => {
  await using pair = await Pair.open();
  const out = new OutStream(1);
  let cleared = 0;
  out.onClear = () => cleared++;
  const body = bytes(STREAM_WINDOW_BYTES + 50_000, 1);
  pair.sender.send(out, FrameKind.REPLY, FrameFlag.END, body);
  pair.read();
  const sent = () => pair.arrived.reduce((sum, frame) => sum + frame.body.length, 0);
  assert(sent() >= STREAM_WINDOW_BYTES && sent() < STREAM_WINDOW_BYTES + 1_024, String(sent()));
  assertEquals([out.blocked, cleared], [true, 0]);
  pair.sender.grant(out, 100_000);
  pair.read();
  assertEquals(assembled(pair.arrived), body);
  assertEquals([out.blocked, cleared], [false, 1]);
});

Deno.test("what is abandoned is not sent, and holds up nobody", async () => {
  await using pair = await Pair.open();
  const left = new OutStream(1);
  pair.sender.send(left, FrameKind.REPLY, FrameFlag.END, bytes(100_000, 1));
  pair.sender.abandon(left);
  pair.sender.send(new OutStream(2), FrameKind.REPLY, FrameFlag.END, bytes(20_000, 2));
  pair.read();
  assertEquals(assembled(pair.arrived.filter(({ stream }) => stream === 2)), bytes(20_000, 2));
  assert(pair.arrived.filter(({ stream }) => stream === 1).length < 10);
});

Deno.test("a buffer that its owner uses again is copied before it waits", async () => {
  await using pair = await Pair.open();
  const reused = bytes(9_000, 1);
  pair.sender.sendRequest(new OutStream(1), 0, bytes(40, 9), reused, true);
  reused.fill(0);
  pair.read();
  assertEquals(assembled(pair.arrived).subarray(40), bytes(9_000, 1));
});

Deno.test("an item of a stream costs a minimum of credit, the one reply of a call what it is", async () => {
  await using pair = await Pair.open();
  const items = new OutStream(1);
  pair.sender.send(items, FrameKind.REPLY, 0, bytes(3, 1));
  assertEquals(items.credit, STREAM_WINDOW_BYTES - STREAM_ITEM_MIN_COST_BYTES);
  const reply = new OutStream(2);
  pair.sender.send(reply, FrameKind.REPLY, FrameFlag.END, bytes(3, 1));
  assertEquals(reply.credit, STREAM_WINDOW_BYTES - 3);
});
