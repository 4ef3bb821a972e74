/**
 * One direction of a simulated connection.
 *
 * @module
 */
import type { Dice } from "./dice.ts";
import type { SimProcess } from "./process.ts";
import type { Happening } from "./world.ts";

const NOTHING = new Uint8Array(0);

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

/** Bytes that were written at once. */
interface Piece {
  readonly bytes: Uint8Array;
  start: number;
  end: number;
  /** When it arrives, in ms of the world. */
  atMs: number;
}

interface Reading {
  readonly into: Uint8Array;
  resolve(count: number | null): void;
  reject(error: Error): void;
}

interface Waiting {
  readonly bytes: Uint8Array;
  resolve(count: number): void;
  reject(error: Error): void;
}

/** Carries bytes with the delay of its network. It may be throttled, cut, or closed at one end. */
export class Pipe {
  /** Sees the bytes that arrive. */
  onBytes: ((bytes: Uint8Array) => void) | undefined;
  /** Writes that were made. */
  writes = 0;
  /** What arrives instead of bytes that were sent; absent: themselves. */
  distort: ((bytes: Uint8Array) => Uint8Array) | undefined;
  readonly #settings: PipeSettings;
  readonly #arrived: Piece[] = [];
  /** In the order in which they arrive; one without bytes is the end. */
  readonly #underWay: Piece[] = [];
  /** The event that lets the next of them arrive. */
  #arrival: Happening | undefined;
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
  /** Reads and writes that wait, each for its turn. */
  readonly #reading: Reading[] = [];
  readonly #writing: Waiting[] = [];

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
    this.#reading.push({ into, resolve, reject });
    this.#giveLater();
    return promise;
  }

  /** See `Connection.write`. */
  write(bytes: Uint8Array): Promise<number> {
    this.writes++;
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    this.#writing.push({ bytes, resolve, reject });
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
    this.#travel(NOTHING, 0, 0);
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
    for (const { reject } of this.#reading.splice(0)) {
      reject(new Deno.errors.Interrupted("operation canceled"));
    }
    if (unread) this.#refuse();
    // What is still under way is refused when it comes.
    this.#arriveLater();
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
    this.#arriveLater();
  }

  /** From now on so many bytes arrive per ms at most; `Infinity`: any. */
  throttle(bytesPerMs: number): void {
    this.#bytesPerMs = bytesPerMs;
    if (bytesPerMs !== Infinity) return;
    this.#lastMs = this.reader.world.nowMs;
    for (const piece of this.#underWay) piece.atMs = this.#lastMs;
    if (this.#arrival !== undefined) this.#arrival.cancelled = true;
    this.#arrival = undefined;
    this.#arriveLater();
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
    const writing = this.#writing[0];
    if (writing === undefined) return;
    if (this.#broken !== undefined || this.#refused || this.#ending) {
      const error = this.#broken ?? new Deno.errors.BrokenPipe("Broken pipe (os error 32)");
      for (const { reject } of this.#writing.splice(0)) reject(error);
      return;
    }
    const { windowBytes } = this.#settings;
    const room = windowBytes - this.#underWayBytes - this.#arrivedBytes;
    if (room <= 0) return; // until the reader has read
    this.#writing.shift();
    const count = Math.min(room, writing.bytes.length);
    const bytes = writing.bytes.slice(0, count);
    const { dice, pieceMaxBytes } = this.#settings;
    for (let at = 0; at < count;) {
      const end = Math.min(count, at + Math.max(dice.size(1, pieceMaxBytes), count >> 4));
      this.#travel(bytes, at, end);
      at = end;
    }
    writing.resolve(count);
    if (this.#writing.length > 0) this.writer.soon(0.001, () => this.#accept());
  }

  #travel(bytes: Uint8Array, start: number, end: number): void {
    const { nowMs } = this.reader.world;
    const takes = (end - start) / this.#bytesPerMs;
    this.#lastMs = Math.max(this.#lastMs, nowMs + this.#delay()) + takes;
    this.#underWay.push({ bytes, start, end, atMs: this.#lastMs });
    this.#underWayBytes += end - start;
    this.#arriveLater();
  }

  #arriveLater(): void {
    const next = this.#underWay[0];
    if (next === undefined || this.#arrival !== undefined || this.#frozen) return;
    this.#arrival = this.reader.world.quietly(next.atMs, () => {
      this.#arrival = undefined;
      this.#arrive();
    });
  }

  /** What is due has reached the reader's kernel, which needs no running process. */
  #arrive(): void {
    if (this.#frozen || (this.reader.dead && !this.#readerGone)) return;
    const { nowMs } = this.reader.world;
    for (let next = this.#underWay[0]; next !== undefined && next.atMs <= nowMs;) {
      const piece = next;
      this.#underWay.shift();
      next = this.#underWay[0];
      // Pieces of one write that arrive at the same time are one.
      while (next?.bytes === piece.bytes && next.atMs <= nowMs && next.end > next.start) {
        piece.end = next.end;
        this.#underWay.shift();
        next = this.#underWay[0];
      }
      this.#hasArrived(piece);
    }
    this.#arriveLater();
    this.#giveLater();
  }

  #hasArrived(piece: Piece): void {
    const { bytes, start, end } = piece;
    const count = end - start;
    this.#underWayBytes -= count;
    if (count === 0) {
      this.#ended = true;
      if (this.#endsBroken) this.#broken = reset();
    } else if (this.#readerGone) this.#refuse();
    else if (this.distort === undefined) this.#put(piece);
    else {
      const other = this.distort(bytes.subarray(start, end));
      if (other.length > 0) this.#put({ ...piece, bytes: other, start: 0, end: other.length });
      // Nothing of it has to be read before more may come.
      else if (this.#writing.length > 0) this.writer.soon(this.#delay(), () => this.#accept());
    }
  }

  #put(piece: Piece): void {
    const { bytes, start, end } = piece;
    this.onBytes?.(bytes.subarray(start, end));
    const last = this.#arrived.at(-1);
    if (last?.bytes === bytes) last.end = end;
    else this.#arrived.push(piece);
    this.#arrivedBytes += end - start;
  }

  #giveLater(): void {
    if (this.#reading.length === 0 || this.#giving) return;
    // Nothing is there: the next arrival asks again.
    if (this.#arrived.length === 0 && !this.#ended && this.#broken === undefined) return;
    this.#giving = true;
    this.reader.soon(0.001, () => {
      this.#giving = false;
      this.#give();
    });
  }

  #give(): void {
    const reading = this.#reading[0];
    if (reading === undefined) return;
    if (this.#arrived.length === 0 && this.#broken !== undefined) {
      for (const { reject } of this.#reading.splice(0)) reject(this.#broken);
      return;
    }
    const { into } = reading;
    let count = 0;
    while (this.#arrived.length > 0 && count < into.length) {
      const piece = this.#arrived[0]!;
      const end = Math.min(piece.end, piece.start + into.length - count);
      into.set(piece.bytes.subarray(piece.start, end), count);
      count += end - piece.start;
      piece.start = end;
      if (end === piece.end) this.#arrived.shift();
    }
    if (count === 0 && !this.#ended) return;
    this.#reading.shift();
    this.#arrivedBytes -= count;
    reading.resolve(count === 0 ? null : count);
    if (count > 0 && this.#writing.length > 0) {
      this.writer.soon(this.#delay(), () => this.#accept());
    }
    this.#giveLater();
  }
}

function reset(): Error {
  return new Deno.errors.ConnectionReset("Connection reset by peer (os error 104)");
}
