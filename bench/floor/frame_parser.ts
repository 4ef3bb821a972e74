/**
 * The floor's frames out of a stream of bytes. It does no I/O: whoever reads asks for room, and tells how
 * much of it was filled.
 *
 * ```text
 * 0        4        8          12
 * | length | id     | handler  | body: length bytes |     little-endian; a reply has its request's id and handler
 * ```
 *
 * Bodies are views of the buffers that were read into, as are Node's small Buffers; a body that fills most of one
 * gets a buffer of its own, and is read into it.
 *
 * @module
 */

/** Bytes before a body. */
export const HEADER_BYTES = 12;
/** Longest body. */
export const BODY_MAX_BYTES = 64 * 1024 * 1024;

/** Bytes read at once. A buffer is not used again: what was read from it belongs to whoever got it. */
const BUFFER_BYTES = 65_536;
/** With less room than this, the next buffer is begun. */
const ROOM_MIN_BYTES = 16_384;

/** Takes a frame. */
export type FrameSink = (id: number, handler: number, body: Uint8Array) => void;

/** Finds frames. */
export class FrameParser {
  readonly #sink: FrameSink;
  #buffer = new Uint8Array(BUFFER_BYTES);
  /** What was read and belongs to no frame yet: from `#from` to `#to`. */
  #from = 0;
  #to = 0;
  /** A long body that is being read, and how much of it is there. */
  #body: Uint8Array | undefined;
  #bodyTo = 0;
  #id = 0;
  #handler = 0;

  /** @param sink Takes every frame as soon as it is whole. */
  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  /** Where the next bytes go; never empty. */
  room(): Uint8Array {
    if (this.#body !== undefined) return this.#body.subarray(this.#bodyTo);
    if (this.#buffer.length - this.#to < ROOM_MIN_BYTES) {
      const rest = this.#buffer.subarray(this.#from, this.#to);
      this.#buffer = new Uint8Array(BUFFER_BYTES);
      this.#buffer.set(rest);
      this.#from = 0;
      this.#to = rest.length;
    }
    return this.#buffer.subarray(this.#to);
  }

  /**
   * Goes on after a read.
   *
   * @param bytes How many bytes of {@linkcode room} were filled.
   * @throws {RangeError} A body is longer than {@linkcode BODY_MAX_BYTES}.
   */
  filled(bytes: number): void {
    if (this.#body !== undefined) {
      this.#bodyTo += bytes;
      if (this.#bodyTo < this.#body.length) return;
      const body = this.#body;
      this.#body = undefined;
      this.#sink(this.#id, this.#handler, body);
      return;
    }
    this.#to += bytes;
    while (this.#to - this.#from >= HEADER_BYTES) {
      const length = this.#word(0);
      if (length > BODY_MAX_BYTES) throw new RangeError(`a frame says that it has ${length} bytes`);
      const from = this.#from + HEADER_BYTES;
      const [id, handler] = [this.#word(4), this.#word(8)];
      if (from + length <= this.#to) {
        this.#from = from + length;
        this.#sink(id, handler, this.#buffer.subarray(from, from + length));
      } else if (HEADER_BYTES + length > BUFFER_BYTES - ROOM_MIN_BYTES) {
        this.#body = new Uint8Array(length);
        this.#body.set(this.#buffer.subarray(from, this.#to));
        this.#bodyTo = this.#to - from;
        this.#id = id;
        this.#handler = handler;
        this.#from = this.#to;
      } else return;
    }
  }

  #word(at: number): number {
    const i = this.#from + at;
    const bytes = this.#buffer;
    return (bytes[i]! | bytes[i + 1]! << 8 | bytes[i + 2]! << 16 | bytes[i + 3]! << 24) >>> 0;
  }
}
