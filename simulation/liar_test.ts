import { assert, assertEquals } from "@std/assert";
import { FrameFlag, FrameKind } from "../wire/frame.ts";
import { FrameQueue } from "../wire/frame_queue.ts";
import { Dice } from "./dice.ts";
import { Liar } from "./liar.ts";
import type { Lie } from "./scenario.ts";

const WHOLE = FrameFlag.FIRST | FrameFlag.LAST;

/** Frames of some calls, after a HELLO. */
function frames(count: number): Uint8Array {
  const queue = new FrameQueue(1 << 20);
  queue.append(FrameKind.HELLO, WHOLE, 0, new Uint8Array(50));
  for (let i = 0; i < count; i++) {
    queue.append(FrameKind.REPLY, WHOLE, i, new Uint8Array(i % 40));
  }
  return queue.take();
}

/** What is told of these bytes, in pieces of so many. */
function told(bytes: Uint8Array, way: Lie, nowMs: number, pieceBytes = 7): Uint8Array {
  const plan = { fromMs: 100, untilMs: 200, every: 1, ways: [way] };
  const liar = new Liar(new Dice(1), plan, () => nowMs);
  const all: number[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    all.push(...liar.tell(bytes.slice(at, at + pieceBytes)));
  }
  return Uint8Array.from(all);
}

Deno.test("before and after its time a liar tells the truth, whatever the pieces are", () => {
  const bytes = frames(30);
  for (const nowMs of [0, 99, 200, 1_000]) {
    for (const pieceBytes of [1, 16, 1_000]) {
      assertEquals(told(bytes, "omits", nowMs, pieceBytes), bytes);
    }
  }
});

Deno.test("who it is, it never lies about", () => {
  assertEquals(told(frames(30), "omits", 150), frames(0));
});

Deno.test("frames are repeated whole, changed in a bit, sent as another call's, and invented", () => {
  const bytes = frames(30);
  const hello = frames(0);
  const rest = bytes.length - hello.length;
  assertEquals(told(bytes, "repeats", 150).length, bytes.length + rest);
  const flipped = told(bytes, "flips", 150);
  let bits = 0;
  for (const [i, byte] of flipped.entries()) {
    for (let x = byte ^ bytes[i]!; x > 0; x >>= 1) bits += x & 1;
  }
  assertEquals([flipped.length, bits], [bytes.length, 30]);
  const misdirected = told(bytes, "misdirects", 150);
  assertEquals(misdirected.length, bytes.length);
  assert(misdirected.some((byte, i) => byte !== bytes[i]));
  assert(told(bytes, "invents", 150).length > bytes.length + 30 * 15);
});
