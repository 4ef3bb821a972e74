/**
 * Frames into a connection: one write under way, which takes along everything that was sent before it began.
 *
 * @module
 */
import { HEADER_BYTES } from "./frame_parser.ts";

/** A longer body is not copied but written from where it is. */
const COPIED_MAX_BYTES = 32_768;
const BUFFER_BYTES = 65_536;

/** What it needs of a connection. */
export interface Sink {
  /** Writes some of the bytes, and tells how many. */
  write(bytes: Uint8Array): Promise<number>;
}

/** Writes frames. */
export class FrameWriter {
  readonly #sink: Sink;
  /** Headers and short bodies that wait, and how many bytes of them. */
  #buffer = new Uint8Array(BUFFER_BYTES);
  #spare = new Uint8Array(BUFFER_BYTES);
  #used = 0;
  /** Where in the buffer a long body comes in, and that body. */
  #long: { readonly at: number; readonly body: Uint8Array }[] = [];
  #busy = false;
  readonly #flush = (): Promise<void> => this.#writeAll();
  readonly #failed: (error: unknown) => void;

  /**
   * @param sink The connection.
   * @param failed Told when a write fails; nothing is written any more then.
   */
  constructor(sink: Sink, failed: (error: unknown) => void) {
    this.#sink = sink;
    this.#failed = failed;
  }

  /**
   * Sends a frame with others of this turn.
   *
   * @param id Of the call.
   * @param handler Place of the handler in `HANDLERS`.
   * @param body Not to be changed until it has left.
   */
  send(id: number, handler: number, body: Uint8Array): void {
    const copied = body.length <= COPIED_MAX_BYTES;
    this.#grow(HEADER_BYTES + (copied ? body.length : 0));
    this.#word(body.length);
    this.#word(id);
    this.#word(handler);
    if (copied) {
      this.#buffer.set(body, this.#used);
      this.#used += body.length;
    } else this.#long.push({ at: this.#used, body });
    if (this.#busy) return;
    this.#busy = true;
    queueMicrotask(this.#flush);
  }

  async #writeAll(): Promise<void> {
    try {
      while (this.#used > 0) {
        const buffer = this.#buffer;
        const used = this.#used;
        const long = this.#long;
        this.#buffer = this.#spare;
        this.#used = 0;
        this.#long = [];
        let from = 0;
        for (const { at, body } of long) {
          await this.#write(buffer.subarray(from, at));
          await this.#write(body);
          from = at;
        }
        if (from < used) await this.#write(buffer.subarray(from, used));
        this.#spare = buffer;
      }
      this.#busy = false;
    } catch (error) {
      this.#failed(error);
    }
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) at += await this.#sink.write(bytes.subarray(at));
  }

  #word(value: number): void {
    const i = this.#used;
    const buffer = this.#buffer;
    buffer[i] = value;
    buffer[i + 1] = value >>> 8;
    buffer[i + 2] = value >>> 16;
    buffer[i + 3] = value >>> 24;
    this.#used = i + 4;
  }

  #grow(bytes: number): void {
    if (this.#used + bytes <= this.#buffer.length) return;
    const larger = new Uint8Array(this.#buffer.length * 2);
    larger.set(this.#buffer.subarray(0, this.#used));
    this.#buffer = larger;
  }
}
