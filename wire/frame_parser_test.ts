import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { FRAME_MAX_BYTES } from "../limits.ts";
import { FLAGS_MASK, FrameKind } from "./frame.ts";
import { describeFrameFault, FrameParser } from "./frame_parser.ts";
import { FrameQueue } from "./frame_queue.ts";
import { FrameView } from "./frame_view.ts";

interface Frame {
  kind: number;
  flags: number;
  stream: number;
  body: number[];
}

const LINK_KINDS = Object.values(FrameKind).filter((kind) => kind < FrameKind.READY);

const frame: fc.Arbitrary<Frame> = fc.record({
  kind: fc.constantFrom(...LINK_KINDS),
  flags: fc.integer({ min: 0, max: FLAGS_MASK }),
  stream: fc.integer({ min: 0, max: 0xffffffff }),
  body: fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 70 }),
});

function encode(frames: readonly Frame[]): Uint8Array {
  const queue = new FrameQueue(1 << 26);
  for (const { kind, flags, stream, body } of frames) {
    assert(queue.append(kind, flags, stream, Uint8Array.from(body)));
  }
  return queue.bytes.slice(queue.head, queue.tail);
}

/** Feeds `chunk` in as many pieces as the parser has room for, and collects the frames. */
function feed(parser: FrameParser, chunk: Uint8Array, into: Frame[]): boolean {
  for (let at = 0; at < chunk.length;) {
    const room = parser.readable();
    assert(room.length > 0);
    const piece = chunk.subarray(at, at + room.length);
    room.set(piece);
    const good = parser.advance(piece.length);
    const found = collect(parser);
    assertEquals(found.length, parser.frames);
    assertEquals(found.filter((one) => one.kind >= 16).length, parser.controlFrames);
    into.push(...found);
    if (!good) return false;
    at += piece.length;
  }
  return true;
}

function collect({ bytes, words, start, end }: FrameParser): Frame[] {
  const frames: Frame[] = [];
  const view = new FrameView().over(bytes, words, start, end);
  while (view.advance()) {
    const { kind, flags, stream } = view;
    frames.push({ kind, flags, stream, body: [...view.copy()] });
  }
  assertEquals(view.next, end);
  return frames;
}

Deno.test("FrameParser finds the same frames in chunks of any size", () => {
  fc.assert(
    fc.property(
      fc.array(frame, { maxLength: 30 }),
      fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 20 }),
      (frames, sizes) => {
        const stream = encode(frames);
        const parser = new FrameParser();
        const seen: Frame[] = [];
        for (let at = 0, i = 0; at < stream.length; i++) {
          const size = sizes[i % sizes.length]!;
          assert(feed(parser, stream.subarray(at, at + size), seen));
          at += size;
        }
        assertEquals(seen, frames);
      },
    ),
  );
});

Deno.test("FrameParser works fed one byte at a time, across many turns of its buffer", () => {
  const parser = new FrameParser(2 * FRAME_MAX_BYTES);
  const sent: Frame[] = [];
  for (let i = 0; i < 40; i++) {
    const body = Array.from({ length: (i * 1_697) % 9_000 }, (_, b) => (b + i) & 255);
    sent.push({ kind: FrameKind.REPLY, flags: i & FLAGS_MASK, stream: i, body });
  }
  const stream = encode(sent);
  assert(stream.length > parser.bytes.length);
  const seen: Frame[] = [];
  for (let at = 0; at < stream.length; at++) {
    assert(feed(parser, stream.subarray(at, at + 1), seen));
  }
  assertEquals(seen, sent);
});

Deno.test("FrameParser carries frames of the largest size through the smallest buffer", () => {
  const parser = new FrameParser(2 * FRAME_MAX_BYTES);
  const sent = Array.from({ length: 9 }, (_, i) => ({
    kind: FrameKind.REQUEST,
    flags: 0,
    stream: i,
    body: new Array<number>(FRAME_MAX_BYTES - 16 - (i % 3)).fill(i),
  }));
  const seen: Frame[] = [];
  assert(feed(parser, encode(sent), seen));
  assertEquals(
    seen.map((one) => [one.stream, one.body.length]),
    sent.map((one) => [
      one.stream,
      one.body.length,
    ]),
  );
});

Deno.test("FrameParser does not move frames that lie whole in the chunk they came in", () => {
  const parser = new FrameParser();
  const stream = encode([{ kind: FrameKind.END, flags: 0, stream: 1, body: [] }]);
  const room = parser.readable();
  room.set(stream);
  assert(parser.advance(stream.length));
  assert(parser.bytes.subarray(parser.start).buffer === room.buffer);
  assertEquals(parser.bytes.byteOffset + parser.start, room.byteOffset);
});

Deno.test("FrameParser refuses a length of 4 GiB as soon as the header is there, and keeps what came before", () => {
  const good = encode([{ kind: FrameKind.END, flags: 0, stream: 7, body: [] }]);
  const bad = new Uint8Array(16).fill(255);
  const parser = new FrameParser();
  const seen: Frame[] = [];
  assert(feed(parser, good, seen));
  assert(!feed(parser, bad, seen));
  assertEquals(seen.length, 1);
  assertEquals(parser.fault, { field: "length", seen: 0xffffffff, at: 16 });
  assertEquals(
    describeFrameFault(parser.fault!),
    "frame at byte 16 has length 4294967295, which the protocol does not allow",
  );
  assert(!feed(parser, good, seen), "a stream that broke the protocol stays broken");
});

Deno.test("FrameParser never throws nor leaves its buffer on random and cut input", () => {
  fc.assert(
    fc.property(
      fc.array(frame, { maxLength: 8 }),
      fc.uint8Array({ maxLength: 400 }),
      fc.integer({ min: 0, max: 800 }),
      fc.boolean(),
      (frames, noise, cut, noiseInside) => {
        const good = encode(frames);
        const stream = new Uint8Array(good.length + noise.length);
        stream.set(good);
        if (noiseInside && good.length > 0) {
          for (let i = 0; i < noise.length; i++) stream[(i * 37) % good.length]! ^= noise[i]!;
        } else stream.set(noise, good.length);
        const parser = new FrameParser();
        const seen: Frame[] = [];
        feed(parser, stream.subarray(0, cut), seen);
        assert(parser.start <= parser.end && parser.end <= parser.bytes.length);
        if (!noiseInside) {
          const whole = Math.min(seen.length, frames.length);
          assertEquals(seen.slice(0, whole), frames.slice(0, whole));
        }
      },
    ),
  );
});

Deno.test("FrameParser refuses a buffer that cannot hold its frames", () => {
  assertThrows(() => new FrameParser(FRAME_MAX_BYTES), RangeError);
});
