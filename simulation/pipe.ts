/**
 * One direction of a simulated connection.
 *
 * @module
 */
import type { Dice } from "./dice.ts";
import type { SimProcess } from "./process.ts";

/** How bytes travel. */
export interface PipeSettings {
  readonly dice: Dice;
  /** How long a piece is under way, in ms. */
  readonly minMs: number;
  readonly maxMs: number;
  /** Pieces have at most so many bytes. */
  readonly pieceMaxBytes: number;
  /** Bytes that may be under way and unread together: then a write waits. */
  readonly windowBytes: number;
}

interface Waiting {
  readonly bytes: Uint8Array;
  resolve(count: number): void;
  reject(error: Error): void;
}

/** See the module's description. */
export class Pipe {
  /** Sees the bytes that arrive. */
  onBytes: ((bytes: Uint8Array) => void) | undefined;
  readonly #settings: PipeSettings;
  readonly #arrived: Uint8Array[] = [];
  readonly #underWay: Uint8Array[] = [];
  #underWayBytes = 0;
  #arrivedBytes = 0;
  #lastMs = 0;
  #frozen = false;
  #bytesPerMs = Infinity;
  #ending = false;
  /** The end comes as a reset. */
  #endsBroken = false;
  #ended = false;
  #giving = false;
  #broken: Error | undefined;
  #readerGone = false;
  /** The writer has heard that the reader is gone. */
  #refused = false;
  #reading:
    | { into: Uint8Array; resolve(count: number | null): void; reject(error: Error): void }
    | undefined;
  #writing: Waiting | undefined;

  /**
   * @param writer Whose bytes they are.
   * @param reader Who gets them.
   * @param settings How they travel.
   */
  constructor(readonly writer: SimProcess, readonly reader: SimProcess, settings: PipeSettings) {
    this.#settings = settings;
  }

  /** See `Connection.read`. */
  read(into: Uint8Array): Promise<number | null> {
    if (into.length === 0) return Promise.resolve(0);
    const { promise, resolve, reject } = Promise.withResolvers<number | null>();
    this.#reading = { into, resolve, reject };
    this.#giveLater();
    return promise;
  }

  /** See `Connection.write`. */
  write(bytes: Uint8Array): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    this.#writing = { bytes, resolve, reject };
    this.writer.soon(0.001, () => this.#accept());
    return promise;
  }

  /**
   * No more bytes come.
   *
   * @param broken The reader is told so by a reset: who closed had bytes that it had not read.
   */
  end(broken = false): void {
    if (this.#ending) return;
    this.#ending = true;
    this.#endsBroken = broken;
    this.#travel(new Uint8Array(0));
    this.writer.soon(0.001, () => this.#accept());
  }

  /**
   * The reader has closed: who writes on learns it.
   *
   * @returns Whether bytes had arrived that it has not read.
   */
  readerGone(): boolean {
    const unread = this.#arrivedBytes > 0;
    this.#readerGone = true;
    this.#arrived.length = this.#arrivedBytes = 0;
    this.#reading?.reject(new Deno.errors.Interrupted("operation canceled"));
    this.#reading = undefined;
    if (unread) this.#refuse();
    return unread;
  }

  /** It breaks. */
  reset(): void {
    this.#broken = reset();
    this.#underWay.length = this.#underWayBytes = 0;
    this.#giveLater();
    this.writer.soon(this.#delay(), () => this.#accept());
  }

  /** Nothing arrives until it is thawed. */
  freeze(): void {
    this.#frozen = true;
  }

  /** See {@linkcode freeze}. */
  thaw(): void {
    this.#frozen = false;
    this.#arriveLater(this.reader.world.nowMs);
  }

  /** From now on so many bytes arrive per ms at most; `Infinity`: any. */
  throttle(bytesPerMs: number): void {
    this.#bytesPerMs = bytesPerMs;
    if (bytesPerMs !== Infinity) return;
    this.#lastMs = this.reader.world.nowMs;
    this.#arriveLater(this.#lastMs);
  }

  #delay(): number {
    const { dice, minMs, maxMs } = this.#settings;
    return dice.between(minMs, maxMs);
  }

  #refuse(): void {
    this.writer.soon(this.#delay(), () => {
      this.#refused = true;
      this.#accept();
    });
  }

  #accept(): void {
    const writing = this.#writing;
    if (writing === undefined) return;
    if (this.#broken !== undefined || this.#refused || this.#ending) {
      this.#writing = undefined;
      const error = this.#broken ?? new Deno.errors.BrokenPipe("Broken pipe (os error 32)");
      return writing.reject(error);
    }
    const { windowBytes } = this.#settings;
    const room = windowBytes - this.#underWayBytes - this.#arrivedBytes;
    if (room <= 0) return; // until the reader has read
    this.#writing = undefined;
    const count = Math.min(room, writing.bytes.length);
    const bytes = writing.bytes.slice(0, count);
    const { dice, pieceMaxBytes } = this.#settings;
    for (let at = 0; at < count;) {
      const end = Math.min(count, at + Math.max(dice.size(1, pieceMaxBytes), count >> 4));
      this.#travel(bytes.subarray(at, end));
      at = end;
    }
    writing.resolve(count);
  }

  #travel(piece: Uint8Array): void {
    this.#underWay.push(piece);
    this.#underWayBytes += piece.length;
    const { world } = this.reader;
    const takes = piece.length / this.#bytesPerMs;
    this.#lastMs = Math.max(this.#lastMs, world.nowMs + this.#delay()) + takes;
    this.#arriveLater(this.#lastMs);
  }

  #arriveLater(timeMs: number): void {
    this.reader.world.at(timeMs, null, () => this.#arrive());
  }

  /** What is due has reached the reader's kernel, which needs no running process. */
  #arrive(): void {
    if (this.#frozen || (this.reader.dead && !this.#readerGone)) return;
    const piece = this.#underWay.shift();
    if (piece === undefined) return;
    this.#underWayBytes -= piece.length;
    if (piece.length === 0) {
      this.#ended = true;
      if (this.#endsBroken) this.#broken = reset();
    } else if (this.#readerGone) this.#refuse();
    else {
      this.onBytes?.(piece);
      this.#arrived.push(piece);
      this.#arrivedBytes += piece.length;
    }
    if (this.#underWay.length > 0 && this.#lastMs <= this.reader.world.nowMs) {
      this.#arriveLater(this.reader.world.nowMs);
    }
    this.#giveLater();
  }

  #giveLater(): void {
    if (this.#reading === undefined || this.#giving) return;
    // Nothing is there: the next arrival asks again.
    if (this.#arrived.length === 0 && !this.#ended && this.#broken === undefined) return;
    this.#giving = true;
    this.reader.soon(0.001, () => {
      this.#giving = false;
      this.#give();
    });
  }

  #give(): void {
    const reading = this.#reading;
    if (reading === undefined) return;
    if (this.#arrived.length === 0 && this.#broken !== undefined) {
      this.#reading = undefined;
      return reading.reject(this.#broken);
    }
    const { into } = reading;
    let count = 0;
    while (this.#arrived.length > 0 && count < into.length) {
      const piece = this.#arrived[0]!;
      const some = piece.subarray(0, into.length - count);
      into.set(some, count);
      count += some.length;
      if (some.length === piece.length) this.#arrived.shift();
      else this.#arrived[0] = piece.subarray(some.length);
    }
    if (count === 0 && !this.#ended) return;
    this.#reading = undefined;
    this.#arrivedBytes -= count;
    reading.resolve(count === 0 ? null : count);
    if (count > 0 && this.#writing !== undefined) {
      this.writer.soon(this.#delay(), () => this.#accept());
    }
  }
}

function reset(): Error {
  return new Deno.errors.ConnectionReset("Connection reset by peer (os error 104)");
}
