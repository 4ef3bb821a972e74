/**
 * Planted faults of the bytes: frames, streams, deadlines, fragments, errors.
 *
 * @module
 */
import type { PlantedFault } from "../fault.ts";

/** Faults of `wire/`. */
export const WIRE_FAULTS: readonly PlantedFault[] = [
  {
    name: "stream ids are given again at once",
    file: "wire/stream_table.ts",
    find: "this.#ids[index] = (stream + REUSE_STEP) >>> 0;",
    replace: "this.#ids[index] = stream;",
  },
  {
    name: "the reuse count of a stream id is not looked at",
    file: "wire/stream_table.ts",
    find:
      "return this.#ids[index] === stream ? this.#items[index] : undefined;\n  }\n\n  /** Removes the item with this stream id, which must be there. */",
    replace:
      "return this.#items[index];\n  }\n\n  /** Removes the item with this stream id, which must be there. */",
  },
  {
    name: "memory that grows loses the fragments in it",
    file: "wire/assembler.ts",
    find: "grown.set(old.subarray(0, this.#filled));",
    replace: "",
  },
  {
    name: "a deadline that has passed is days away",
    file: "wire/deadline.ts",
    find: "const distance = (ticks - now) | 0;",
    replace: "const distance = (ticks - now) >>> 0;",
  },
  {
    name: "every error allows another attempt",
    file: "wire/error_body.ts",
    find: "(traits.retryable ? ErrorFlag.RETRYABLE : 0)",
    replace: "ErrorFlag.RETRYABLE",
  },
  {
    name: "a death is not told",
    file: "wire/error_body.ts",
    find: "died: (flags & ErrorFlag.DIED) !== 0,",
    replace: "died: false,",
  },
  {
    name: "a queue that grows forgets where it began",
    file: "wire/frame_queue.ts",
    find: "this.bytes.set(old);",
    replace: "this.bytes.set(old, Math.min(this.head, capacity - used));",
  },
  {
    name: "a handler may be repeated, it is said of each",
    file: "wire/request_head.ts",
    find: "if (head.idempotent) flags |= HeadFlag.IDEMPOTENT;",
    replace: "flags |= HeadFlag.IDEMPOTENT;",
  },
  {
    name: "a frame is whole before its last bytes have come",
    file: "wire/frame_parser.ts",
    find: "if (next > filled) break;",
    replace: "if (next > filled + FRAME_HEADER_BYTES) break;",
  },
  {
    name: "a late frame of a caller finds the next call",
    file: "wire/stream_table.ts",
    find:
      "return this.#ids[index] === stream ? this.#items[index] : undefined;\n  }\n\n  /** Adds an item; one with",
    replace: "return this.#items[index];\n  }\n\n  /** Adds an item; one with",
  },
  {
    name: "the count in a stream id has two values",
    file: "wire/stream_table.ts",
    find: "this.#ids[index] = (stream + REUSE_STEP) >>> 0;",
    replace: "this.#ids[index] = (stream + REUSE_STEP) & (2 * REUSE_STEP - 1);",
  },
];
