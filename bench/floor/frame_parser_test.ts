import { assert, assertEquals, assertThrows } from "@std/assert";
import { BODY_MAX_BYTES, FrameParser } from "./frame_parser.ts";
import { FrameWriter } from "./frame_writer.ts";

interface Frame {
  readonly id: number;
  readonly handler: number;
  readonly body: Uint8Array;
}

/** Bodies around the sizes where writer and parser take another way. */
const SIZES = [0, 1, 255, 32_768, 32_769, 49_140, 49_141, 65_524, 65_525, 200_000, 3];
const FRAMES = SIZES.map((size, i): Frame => ({
  id: i + 0xffff_fff0,
  handler: i,
  body: Uint8Array.from({ length: size }, (_, at) => at * 31 + i),
}));

/** All frames as the writer wrote them, at most so many bytes at a time. */
async function written(frames: readonly Frame[], pieceBytes: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  const sink = {
    write: (bytes: Uint8Array) => {
      pieces.push(bytes.slice(0, pieceBytes));
      return Promise.resolve(Math.min(bytes.length, pieceBytes));
    },
  };
  const writer = new FrameWriter(sink, (error) => {
    throw error;
  });
  for (const [i, { id, handler, body }] of frames.entries()) {
    writer.send(id, handler, body);
    // Some are sent while others are being written.
    if (i % 3 === 2) await Promise.resolve();
  }
  await new Promise((resolve) => setTimeout(resolve, 0));
  return new Uint8Array(await new Blob(pieces as Uint8Array<ArrayBuffer>[]).arrayBuffer());
}

/** What the parser makes of it when at most so many bytes arrive at a time. */
function parsed(bytes: Uint8Array, pieceBytes: number): Frame[] {
  const frames: Frame[] = [];
  const parser = new FrameParser((id, handler, body) => frames.push({ id, handler, body }));
  for (let at = 0; at < bytes.length;) {
    const room = parser.room();
    assert(room.length > 0);
    const piece = bytes.subarray(at, at + Math.min(room.length, pieceBytes));
    room.set(piece);
    parser.filled(piece.length);
    at += piece.length;
  }
  return frames;
}

for (const pieceBytes of [1, 13, 4_096, Infinity]) {
  Deno.test(`the floor's frames arrive as they were sent, ${pieceBytes} bytes at a time`, async () => {
    const bytes = await written(FRAMES, Math.max(pieceBytes, 13));
    assertEquals(parsed(bytes, pieceBytes), FRAMES);
  });
}

Deno.test("a frame that says it is longer than any is refused before room is made for it", () => {
  const header = new Uint8Array(12);
  new DataView(header.buffer).setUint32(0, BODY_MAX_BYTES + 1, true);
  assertThrows(() => parsed(header, 12), RangeError, String(BODY_MAX_BYTES + 1));
});
