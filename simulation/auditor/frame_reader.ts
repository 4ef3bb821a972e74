/**
 * Frames in a stream of bytes, as docs/wire_protocol.md describes them: their beginnings, for of the rest only the
 * length matters.
 *
 * @module
 */

/** Bytes of a frame's header. */
export const HEADER_BYTES = 16;
/** The largest frame. */
export const FRAME_MAX_BYTES = 65_536;
/** A header, and as much of a body as anybody looks at. */
const LOOKED_AT_BYTES = 48;

/** What is looked at of a frame; valid until the next one. */
export interface FrameStart {
  readonly kind: number;
  readonly flags: number;
  readonly stream: number;
  /** Of a frame in a slot, which has its generation where one on a link has a load. */
  readonly generation: number;
  readonly bodyBytes: number;
  /** The body, as much of it as is looked at. */
  readonly body: DataView<ArrayBuffer>;
}

/** Finds the beginnings of frames in bytes that come in pieces of any size. */
export class FrameReader {
  /** A frame could not be: nothing after it means anything. */
  broken = false;
  readonly #head = new Uint8Array(LOOKED_AT_BYTES);
  readonly #view = new DataView(this.#head.buffer);
  readonly #body = new DataView(this.#head.buffer, HEADER_BYTES);
  /** Bytes of the beginning that are there, and how many are waited for. */
  #taken = 0;
  #wanted = HEADER_BYTES;
  /** Bytes of a frame that was given out which still come. */
  #skip = 0;

  /**
   * Takes bytes.
   *
   * @param bytes Any piece of the stream.
   * @param give Gets each frame, as soon as all that is looked at is there.
   * @param fault Told once when a frame cannot be.
   */
  push(bytes: Uint8Array, give: (frame: FrameStart) => void, fault: (text: string) => void): void {
    const head = this.#head;
    let at = 0;
    while (at < bytes.length && !this.broken) {
      if (this.#skip > 0) {
        const skipped = Math.min(this.#skip, bytes.length - at);
        this.#skip -= skipped;
        at += skipped;
        continue;
      }
      const count = Math.min(this.#wanted - this.#taken, bytes.length - at);
      for (let i = 0; i < count; i++) head[this.#taken++] = bytes[at++]!;
      if (this.#taken < this.#wanted) return;
      const length = this.#view.getUint32(0, true);
      if (length < HEADER_BYTES || length > FRAME_MAX_BYTES) {
        this.broken = true;
        return fault(`a frame of ${length} bytes`);
      }
      const padded = (length + 15) & ~15;
      this.#wanted = Math.min(padded, LOOKED_AT_BYTES);
      if (this.#taken < this.#wanted) continue;
      this.#skip = padded - this.#taken;
      this.#taken = 0;
      this.#wanted = HEADER_BYTES;
      give({
        kind: head[4]!,
        flags: head[5]!,
        stream: this.#view.getUint32(8, true),
        generation: this.#view.getUint32(12, true),
        bodyBytes: length - HEADER_BYTES,
        body: this.#body,
      });
    }
  }
}
