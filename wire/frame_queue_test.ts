import { assert, assertEquals } from "@std/assert";
import { FrameQueue } from "./frame_queue.ts";
import { FrameFlag, FrameKind, paddedBytes } from "./frame.ts";

function body(length: number, seed: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 31 + seed) & 255);
}

Deno.test("FrameQueue keeps frames whole and in order while it grows, compacts and is consumed", () => {
  const queue = new FrameQueue(1 << 24);
  const expected: Uint8Array[] = [];
  let stream = 0;
  for (let round = 0; round < 200; round++) {
    for (let i = 0; i < 17; i++) {
      const b = body((round * 97 + i * 131) % 3000, stream);
      assert(queue.append(FrameKind.REPLY, FrameFlag.FIRST | FrameFlag.LAST, stream++, b));
      expected.push(b);
    }
    for (let i = 0; i < (round < 100 ? 9 : 25) && expected.length > 0; i++) {
      const wanted = expected.shift()!;
      const length = queue.words[queue.head >> 2]!;
      assertEquals(length, 16 + wanted.length);
      assertEquals(queue.bytes.slice(queue.head + 16, queue.head + length), wanted);
      const padded = paddedBytes(length);
      assertEquals(
        queue.bytes.slice(queue.head + length, queue.head + padded),
        new Uint8Array(padded - length),
      );
      queue.consume(padded);
    }
  }
});

Deno.test("FrameQueue refuses a frame beyond its bound and takes it after room was made", () => {
  const queue = new FrameQueue(64);
  assert(queue.append(FrameKind.REQUEST, 0, 1, body(16, 0)));
  assert(queue.append(FrameKind.REQUEST, 0, 2, body(16, 0)));
  assertEquals(queue.append(FrameKind.REQUEST, 0, 3, body(1, 0)), false);
  queue.consume(32);
  assert(queue.append(FrameKind.REQUEST, 0, 3, body(1, 0)));
  assertEquals(queue.queuedBytes, 64);
});

Deno.test("FrameQueue.take() hands over what waits, and appends no longer touch it", () => {
  const queue = new FrameQueue(1 << 20);
  queue.append(FrameKind.REQUEST, 0, 7, body(20, 7));
  const taken = queue.take();
  const copy = taken.slice();
  queue.append(FrameKind.REQUEST, 0, 8, body(20, 8));
  assertEquals(taken, copy);
  assertEquals(queue.words[2], 8);
});
