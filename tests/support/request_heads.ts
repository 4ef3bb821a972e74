/**
 * Heads of requests, for tests.
 *
 * @module
 */
import {
  encodeRequestHead,
  type RequestHead,
  requestHeadBytes,
  RequestHeadReader,
} from "../../wire/request_head.ts";

/** A request's head, as it travels: of `a.b`, unless told otherwise. */
export function encodedHead(head: Partial<RequestHead> = {}): Uint8Array<ArrayBuffer> {
  const whole: RequestHead = {
    target: "a.b",
    attempt: 0,
    deadline: 0,
    requestIdHigh: 0,
    requestIdLow: 0,
    pinnedHash: 0,
    avoidHash: 0,
    hedgedStream: -1,
    metadataBytes: 0,
    ...head,
  };
  const bytes = new Uint8Array(requestHeadBytes(whole));
  encodeRequestHead(bytes, 0, whole);
  return bytes;
}

/** The same, as it is read. */
export function headOf(head: Partial<RequestHead> = {}): RequestHeadReader {
  const bytes = encodedHead(head);
  const reader = new RequestHeadReader();
  const fault = reader.parse(bytes, 0, bytes.length);
  if (fault !== undefined) throw new Error(fault);
  return reader;
}
