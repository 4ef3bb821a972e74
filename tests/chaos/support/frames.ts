/**
 * For tests: frames written by hand.
 *
 * @module
 */
import { FRAME_HEADER_BYTES } from "../../../limits.ts";
import { FrameOffset, paddedBytes } from "../../../wire/frame.ts";
import { encodedHead } from "../../support/request_heads.ts";

/** Fields of a frame that are not the usual ones. */
export interface OddFields {
  readonly length?: number;
  readonly flags?: number;
  readonly reserved?: number;
  readonly stream?: number;
  readonly generation?: number;
}

/** A frame with any fields. */
export function frame(
  kind: number,
  body: Uint8Array,
  fields: OddFields = {},
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(paddedBytes(FRAME_HEADER_BYTES + body.length));
  const view = new DataView(bytes.buffer);
  view.setUint32(FrameOffset.LENGTH, fields.length ?? FRAME_HEADER_BYTES + body.length, true);
  view.setUint8(FrameOffset.KIND, kind);
  view.setUint8(FrameOffset.FLAGS, fields.flags ?? 0);
  view.setUint16(FrameOffset.RESERVED, fields.reserved ?? 0, true);
  view.setUint32(FrameOffset.STREAM, fields.stream ?? 0, true);
  view.setUint32(FrameOffset.GENERATION, fields.generation ?? 0, true);
  bytes.set(body, FrameOffset.BODY);
  return bytes;
}

/**
 * The body of a correct request without input.
 *
 * @param target `"service.handler"`.
 * @param deadline As it travels. Default: the 60 s of a peer that names no features in its HELLO.
 */
export function requestBody(target: string, deadline = 60_000): Uint8Array<ArrayBuffer> {
  const head = encodedHead({ target, deadline, requestIdHigh: 1, requestIdLow: 1 });
  // MessagePack's nil.
  return Uint8Array.from([...head, 0xc0]);
}

/** A u32 as a body. */
export function u32(value: number): Uint8Array<ArrayBuffer> {
  const body = new Uint8Array(4);
  new DataView(body.buffer).setUint32(0, value, true);
  return body;
}
