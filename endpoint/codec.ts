/**
 * Payload ↔ bytes: MessagePack (`payload/`); a bare `Uint8Array` is its own encoding.
 *
 * @module
 */
import { textOf } from "../boundary/text.ts";
import { MeshError } from "../errors.ts";
import { SLOT_QUEUE_MAX_BYTES } from "../limits.ts";
import { FrameFlag } from "../wire/frame.ts";
import { bareBytes } from "./payload/binary.ts";
import { PayloadDecoder } from "./payload/decoder.ts";
import { PayloadEncoder } from "./payload/encoder.ts";
import { PayloadRefusal } from "./payload/refusal.ts";

/** Anything MessagePack carries: JSON's values, `undefined`, `Map`, `Set`, `Date`, `bigint`, typed arrays. A bare `Uint8Array` travels as it is. */
export type Payload = unknown;

const NOTHING = new Uint8Array(0);
const encoder = new PayloadEncoder();
const decoder = new PayloadDecoder();

/** An encoded payload. Who encodes many has one, and uses it again. */
export class EncodedPayload {
  /** Valid until the next payload is encoded; a bare `Uint8Array` is the value itself. */
  bytes: Uint8Array = NOTHING;
  /** What belongs in the flags of its frames: nothing, or `FrameFlag.BYTES`. */
  flags = 0;

  /** The bytes, of which it lets go: they may be many. */
  take(): Uint8Array {
    const { bytes } = this;
    this.bytes = NOTHING;
    return bytes;
  }
}

/**
 * Encodes a payload.
 *
 * Code of the user that runs meanwhile (a getter of the value, say) may encode another one: `into` is filled after
 * all such code has run.
 *
 * @param value Any value of the table in docs/services.md; `undefined` takes no bytes.
 * @param root What it is called in an error: `"input"`, `"reply"`, `"item"`.
 * @param maxBytes Stops soon behind so many bytes; the caller has to compare the length all the same.
 * @param into Where the result goes; read it before anything else is encoded.
 * @returns `into`.
 * @throws {MeshError} `INVALID_ARGUMENT` with the path to what cannot be sent; `RESOURCE_EXHAUSTED` when it is too
 *   large.
 */
export function encodePayload(
  value: Payload,
  root = "input",
  maxBytes: number = SLOT_QUEUE_MAX_BYTES,
  into: EncodedPayload = new EncodedPayload(),
): EncodedPayload {
  const itself = typeof value === "object" && value !== null ? bare(value, root) : undefined;
  const bytes = itself ?? (value === undefined ? NOTHING : encoded(value, root, maxBytes));
  into.bytes = bytes;
  into.flags = itself === undefined ? 0 : FrameFlag.BYTES;
  return into;
}

function encoded(value: Payload, root: string, maxBytes: number): Uint8Array {
  return (encoder.busy ? new PayloadEncoder() : encoder).encode(value, root, maxBytes);
}

function bare(value: object, root: string): Uint8Array | undefined {
  try {
    return bareBytes(value);
  } catch (thrown) {
    throw PayloadRefusal.of(thrown).toError(root);
  }
}

/**
 * Decodes a payload. What it returns shares no memory with `bytes`.
 *
 * @param bytes The buffer.
 * @param start Offset of the payload.
 * @param end Offset behind it.
 * @param flags The message's flags.
 * @throws {MeshError} `DATA_LOSS` when the bytes are not what the flags say.
 */
export function decodePayload(
  bytes: Uint8Array,
  start: number,
  end: number,
  flags: number,
): Payload {
  if (flags & FrameFlag.BYTES) return bytes.slice(start, end);
  if (start === end) return undefined;
  try {
    return decoder.decode(bytes, start, end);
  } catch (cause) {
    throw new MeshError(
      "DATA_LOSS",
      `cannot decode a payload of ${end - start} bytes: ${textOf(cause)}`,
      { cause },
    );
  }
}
