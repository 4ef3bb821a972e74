/**
 * What is fuzzed: everything that takes bytes from another process. A target must end, must not throw
 * anything but what it documents, and must not touch what lies outside its bytes.
 *
 * @module
 */
import { decodePayload } from "../../endpoint/codec.ts";
import { MeshError } from "../../errors.ts";
import { FRAME_MAX_BYTES } from "../../limits.ts";
import { Assembler } from "../../wire/assembler.ts";
import { parseErrorBody } from "../../wire/error_body.ts";
import { FrameFlag } from "../../wire/frame.ts";
import { FrameParser } from "../../wire/frame_parser.ts";
import { FrameView } from "../../wire/frame_view.ts";
import { parseGoodbye, parseHello, parseOffer } from "../../wire/link_messages.ts";
import { parseMetadata } from "../../wire/metadata.ts";
import { RequestHeadReader } from "../../wire/request_head.ts";
import { traceparentFromText } from "../../wire/traceparent.ts";
import type { Random } from "../chaos/support/random.ts";

/** One round of fuzzing: `bytes[start, end)` is the input, what lies around it is none of the target's business. */
export type Target = (
  bytes: Uint8Array,
  start: number,
  end: number,
  random: Random,
) => void;

const parser = new FrameParser();
const head = new RequestHeadReader();

/** A link's byte stream in chunks of random size; it gives whole frames, or stops at a fault. */
function frames(bytes: Uint8Array, start: number, end: number, random: Random): void {
  parser.clear();
  parser.fault = undefined;
  for (let at = start; at < end;) {
    const room = parser.readable();
    const count = Math.min(room.length, end - at, 1 + random.below(5_000));
    room.set(bytes.subarray(at, at + count));
    at += count;
    const good = parser.advance(count);
    const frame = new FrameView().over(parser.bytes, parser.words, parser.start, parser.end);
    while (frame.advance()) {
      const { length, next } = frame;
      if (length < 16 || length > FRAME_MAX_BYTES) throw new Error(`a frame of ${length} bytes`);
      if (next > parser.end) throw new Error("a frame is cut");
    }
    if (!good) return;
  }
}

function requestHead(bytes: Uint8Array, start: number, end: number): void {
  if (head.parse(bytes, start, end) !== undefined) return;
  if (start + head.headBytes > end) throw new Error("a head longer than its bytes");
  const text = `${head.target}${head.key}${head.requestId}${head.traceparent?.length}`;
  if (!text.includes(".")) throw new Error("a target without a dot");
}

function payload(bytes: Uint8Array, start: number, end: number, random: Random): void {
  const flags = [0, 0, FrameFlag.BYTES][random.below(3)]!;
  try {
    decodePayload(bytes, start, end, flags);
  } catch (error) {
    if (!(error instanceof MeshError) || error.code !== "DATA_LOSS") throw error;
  }
}

function fragments(bytes: Uint8Array, start: number, end: number, random: Random): void {
  const assembler = new Assembler(4_096);
  for (let at = start; at < end;) {
    const to = Math.min(end, at + random.below(700));
    const state = assembler.push({ flags: random.below(4), bytes, start: at, end: to });
    if (state === "complete" && assembler.end - assembler.start > 4_096) {
      throw new Error("a message beyond its bound");
    }
    at = to + 1;
  }
}

function texts(bytes: Uint8Array, start: number, end: number): void {
  const copy = bytes.slice(start, end);
  parseHello(copy, 0, copy.length);
  parseOffer(copy, 0, copy.length);
  parseGoodbye(copy, 0, copy.length);
  traceparentFromText(String.fromCharCode(...copy.subarray(0, 200)));
}

/** The targets by name. */
export const TARGETS: Readonly<Record<string, Target>> = {
  frames,
  requestHead,
  payload,
  fragments,
  texts,
  metadata: (bytes, start, end) => void parseMetadata(bytes, start, end),
  errorBody: (bytes, start, end) => void parseErrorBody(bytes, start, end),
};
