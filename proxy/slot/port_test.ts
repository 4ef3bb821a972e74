import { assertEquals } from "@std/assert";
import { Descriptors, Lifeline } from "../../simulation/descriptors.ts";
import { SimSegment } from "../../simulation/segment.ts";
import { deafDevice } from "../../tests/support/deaf_device.ts";
import { framesIn } from "../../tests/support/frames.ts";
import { callWith } from "../../tests/support/proxy_calls.ts";
import { FrameFlag, FrameKind } from "../../wire/frame.ts";
import { FrameQueue } from "../../wire/frame_queue.ts";
import { SlotPort } from "./port.ts";

const { FIRST, LAST } = FrameFlag;
const WHOLE = FIRST | LAST;

/** The port of a slot, what it tells others, and the process's end. */
function portOf() {
  const segment = new SimSegment(1, 4_096, new Descriptors());
  const told: string[] = [];
  const watched = { now: 0 };
  const port: SlotPort = new SlotPort({
    end: segment.slot(0),
    device: {
      ...deafDevice,
      watch: () => {
        watched.now++;
        return { [Symbol.dispose]: () => void watched.now-- };
      },
    },
    switchboard: {
      frames: (_, bytes, words, start, end) => {
        const queue = new FrameQueue(1 << 20);
        queue.bytes.set(bytes.subarray(start, end));
        queue.tail = end - start;
        told.push(`calls: ${framesIn(queue).map(({ stream }) => stream)}`);
        assertEquals(words.buffer, bytes.buffer);
      },
    },
    queueMaxBytes: 100_000,
    control: ({ kind }) => {
      told.push(`control: ${kind}`);
      if (kind === FrameKind.FAILED) port[Symbol.dispose]();
    },
    fault: (error) => told.push(`fault: ${error.message}`),
  });
  return { port, told, watched, process: segment.attach(0, new Lifeline()) };
}

/** What was appended in this burst has left. */
async function burstOver(): Promise<void> {
  for (let i = 0; i < 10; i++) await Promise.resolve();
}

/** A run of frames: pairs of a kind and a stream. */
function runOf(...frames: [number, number][]): FrameQueue {
  const queue = new FrameQueue(1 << 20);
  for (const [kind, stream] of frames) queue.append(kind, WHOLE, stream, new Uint8Array(8));
  return queue;
}

/** A request is sent to the process; the call that it belongs to. */
function request(port: SlotPort, stream: number, bytes = 8, flags = WHOLE) {
  const call = callWith({ stream });
  call.id = stream;
  call.requestEndBytes = port.queue.appendedBytes;
  port.queue.append(FrameKind.REQUEST, flags, stream, new Uint8Array(bytes));
  port.schedule();
  return call;
}

Deno.test("frames of calls go on in runs as long as they are, those about the process one by one", () => {
  const { port, told, watched } = portOf();
  assertEquals([port.index, port.label, watched.now], [0, "slot 0", 1]);
  const { bytes, words, tail } = runOf(
    [FrameKind.REPLY, 1],
    [FrameKind.END, 2],
    [FrameKind.READY, 0],
    [FrameKind.REPLY, 3],
  );
  port.frames(bytes, words, 0, tail);
  assertEquals(told, ["calls: 1,2", `control: ${FrameKind.READY}`, "calls: 3"]);
});

Deno.test("behind a frame that has cost the process its slot nothing is heard", () => {
  const { port, told, watched } = portOf();
  const { bytes, words, tail } = runOf([FrameKind.FAILED, 0], [FrameKind.REPLY, 3]);
  port.frames(bytes, words, 0, tail);
  assertEquals([told, watched.now], [[`control: ${FrameKind.FAILED}`], 0]);
});

Deno.test("a request is unread until its process takes it, and for certain while it waits in the proxy", async () => {
  const { port, process } = portOf();
  const calls = [8, 1_900, 1_900, 1_900].map((bytes, stream) => request(port, stream, bytes));
  await burstOver();
  const unreadAt = (ms: number) => calls.map((call) => port.unread(call, ms));
  assertEquals(unreadAt(1), [true, true, true, true]);
  assertEquals(process.read(new Uint8Array(4_096)) > 0, true);
  assertEquals(unreadAt(1), [true, true, true, true], "a look at this time was taken already");
  assertEquals(unreadAt(2), [false, false, false, true]);
});

Deno.test("a request without its last fragment is not unread: it may have begun to be read", async () => {
  const { port } = portOf();
  const cut = request(port, 1, 8, FIRST);
  await burstOver();
  assertEquals(port.unread(cut, 1), false);
});

Deno.test("what a process sent last is heard, and what it had not read then is unread for ever", async () => {
  const { port, told, process } = portOf();
  const [read, unread] = [request(port, 1), request(port, 2)];
  await burstOver();
  const buffer = new Uint8Array(4_096);
  process.take(buffer);
  process.release(process.nextPosition(0, 32));
  const { bytes, head, tail } = runOf([FrameKind.REPLY, 9]);
  process.write(bytes, head, tail);
  port.processDied(true);
  assertEquals(told, ["calls: 9"]);
  const never = request(port, 3);
  assertEquals([read, unread, never].map((call) => port.unread(call, 1_000_000)), [
    false,
    true,
    true,
  ]);
});

Deno.test("who was thrown out is not heard any more", () => {
  const { port, told, process } = portOf();
  const { bytes, head, tail } = runOf([FrameKind.REPLY, 9]);
  process.write(bytes, head, tail);
  port.processDied(false);
  assertEquals(told, []);
});
