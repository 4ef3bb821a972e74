/**
 * The queue between log lines and the place they are written to, which may be slow, full or gone: nobody who
 * logs waits for it. What does not fit is dropped, and told later as a number.
 *
 * @module
 */
import { LOG_QUEUE_MAX_BYTES, LOG_RETRY_MS } from "../limits.ts";

/** A place that lines are written to. */
export interface LogSink {
  /** Most bytes of a write. */
  readonly maxBytes: number;
  /**
   * Writes.
   *
   * @param bytes At most {@linkcode maxBytes}.
   * @param waitMs How long to wait for room; only for places that answer at once.
   * @returns Bytes written; 0: there is no room now.
   * @throws When nothing can be written there; a promise may be rejected for it.
   */
  write(bytes: Uint8Array, waitMs?: number): number | Promise<number>;
}

/** Pause after a failed write, in ms. */
const FAILED_MS = 1_000;
/** What a line costs beside its bytes. */
const LINE_COST_BYTES = 64;
const LINE_BREAK = new Uint8Array([10]);

/** See the module's description. */
export class LogWriter {
  /** Lines dropped since the start. */
  dropped = 0;
  readonly #sink: LogSink;
  readonly #maxBytes: number;
  readonly #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  /** What is being written: whole lines. */
  #batch = new Uint8Array(0);
  #batchAt = 0;
  #batchLines = 0;
  #writing = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Dropped lines that no line has told yet, and how such a line is made. */
  #untold = 0;
  #tell: ((dropped: number) => Uint8Array) | undefined;
  /** The last write failed. */
  #failing = false;
  /** It failed in the middle of a line. */
  #torn = false;
  #idle: (() => void)[] = [];

  /**
   * @param sink Where lines go.
   * @param maxBytes Most bytes that wait.
   */
  constructor(sink: LogSink, maxBytes: number = LOG_QUEUE_MAX_BYTES) {
    this.#sink = sink;
    this.#maxBytes = maxBytes;
  }

  /**
   * Takes a line. Does not wait and does not throw.
   *
   * @param line Bytes of a line, or of several that stand or fall together, line break included.
   * @param tell Makes the line that tells how many were dropped.
   */
  write(line: Uint8Array, tell: (dropped: number) => Uint8Array): void {
    this.#tell = tell;
    if (!this.#tellDropped() || !this.#append(line)) this.#drop(1);
    this.#pump();
  }

  /**
   * Waits until everything is written.
   *
   * @param boundMs How long at most.
   */
  flush(boundMs: number): Promise<void> {
    if (this.#isIdle && !this.#writing) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, boundMs);
    this.#idle.push(() => {
      clearTimeout(timer);
      resolve();
    });
    if (this.#failing && this.#timer !== undefined) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#pump();
    }
    return promise;
  }

  /**
   * Writes what waits, without anything else running meanwhile; only for places that answer at once.
   *
   * @param boundMs How long at most.
   */
  flushNow(boundMs: number): void {
    const untilMs = performance.now() + boundMs;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (let bytes = this.#next(); bytes !== undefined; bytes = this.#next()) {
      const leftMs = untilMs - performance.now();
      if (leftMs <= 0) return;
      try {
        const written = this.#sink.write(bytes, Math.ceil(leftMs));
        if (typeof written !== "number") return;
        this.#advance(written);
      } catch {
        return;
      }
    }
  }

  get #isIdle(): boolean {
    return this.#queue.length === 0 && this.#batchAt === this.#batch.length;
  }

  #append(line: Uint8Array): boolean {
    const cost = line.length + LINE_COST_BYTES;
    if (this.#queuedBytes + cost > this.#maxBytes) return false;
    this.#queue.push(line);
    this.#queuedBytes += cost;
    return true;
  }

  #drop(lines: number): void {
    this.dropped += lines;
    this.#untold += lines;
  }

  /** `false` when there is something to tell and no room for it. */
  #tellDropped(): boolean {
    if (this.#untold === 0) return true;
    if (!this.#append(this.#tell!(this.#untold))) return false;
    this.#untold = 0;
    return true;
  }

  #pump(): void {
    if (this.#writing || this.#timer !== undefined) return;
    for (let bytes = this.#next(); bytes !== undefined; bytes = this.#next()) {
      try {
        const written = this.#sink.write(bytes);
        if (typeof written === "number") {
          if (written === 0) return this.#pause(LOG_RETRY_MS);
          this.#advance(written);
          continue;
        }
        this.#writing = true;
        written.then((bytes) => this.#settled(bytes), () => this.#settled(-1));
        return;
      } catch {
        return this.#failed();
      }
    }
    for (const idle of this.#idle.splice(0)) idle();
  }

  #settled(written: number): void {
    this.#writing = false;
    if (written < 0) return this.#failed();
    if (written === 0) return this.#pause(LOG_RETRY_MS);
    this.#advance(written);
    this.#pump();
  }

  /** What is to be written next: the rest of what is under way, or whole lines of the queue. */
  #next(): Uint8Array | undefined {
    const { maxBytes } = this.#sink;
    if (this.#batchAt === this.#batch.length) {
      // A place that fails is told of it by the next line that is logged, or nobody would ever be done.
      if (this.#queue.length === 0 && !this.#failing) this.#tellDropped();
      if (this.#queue.length === 0) return undefined;
      this.#takeBatch(maxBytes);
    }
    return this.#batch.subarray(this.#batchAt, this.#batchAt + maxBytes);
  }

  #takeBatch(maxBytes: number): void {
    const lines: Uint8Array[] = this.#torn ? [LINE_BREAK] : [];
    let bytes = lines.length;
    let taken = 0;
    for (const line of this.#queue) {
      if (taken > 0 && bytes + line.length > maxBytes) break;
      lines.push(line);
      bytes += line.length;
      taken++;
    }
    this.#queue.splice(0, taken);
    this.#queuedBytes -= bytes - (this.#torn ? 1 : 0) + taken * LINE_COST_BYTES;
    this.#batch = lines.length === 1 ? lines[0]! as Uint8Array<ArrayBuffer> : joined(lines, bytes);
    this.#batchAt = 0;
    this.#batchLines = taken;
  }

  #advance(written: number): void {
    this.#failing = false;
    this.#torn = false;
    this.#batchAt += written;
  }

  /** Nobody reads, or the disk is full: what was being written is lost, what comes later may not be. */
  #failed(): void {
    this.#failing = true;
    this.#torn ||= this.#batchAt > 0 && this.#batch[this.#batchAt - 1] !== 10;
    this.#drop(this.#batchLines);
    this.#batch = new Uint8Array(0);
    this.#batchAt = 0;
    this.#pause(FAILED_MS);
    // Who waits for the end need not wait for that of a reader who has gone.
    for (const idle of this.#idle.splice(0)) idle();
  }

  #pause(ms: number): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#pump();
    }, ms);
  }
}

function joined(parts: readonly Uint8Array[], bytes: number): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(bytes);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
