/**
 * How peers without an encoding of their own carry inputs and replies: bytes as they are, the rest as JSON.
 *
 * @module
 */
import type { Handler } from "./caller.ts";
import * as service from "./fixtures/reply.ts";

/** All handlers; on the floor's wire a handler is its place in this list. */
export const HANDLERS: readonly Handler[] = ["bytes", "object", "sized"];

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The bytes of an input. */
export function encodeInput(handler: Handler, input: unknown): Uint8Array {
  return handler === "bytes" ? input as Uint8Array : toJson(input);
}

/** The value of a reply. */
export function decodeReply(handler: Handler, reply: Uint8Array): unknown {
  return handler === "object" ? fromJson(reply) : reply;
}

/** Calls the handler itself: input and reply as they travel. */
export function serve(handler: Handler, input: Uint8Array): Uint8Array {
  switch (handler) {
    case "bytes":
      return service.bytes(input);
    case "object":
      return toJson(service.object(fromJson(input)));
    case "sized":
      return service.sized(fromJson(input) as number);
  }
}

function toJson(value: unknown): Uint8Array {
  return encoder.encode(JSON.stringify(value));
}

function fromJson(bytes: Uint8Array): unknown {
  return JSON.parse(decoder.decode(bytes));
}
