/**
 * The queue between log lines and the place they are written to, which may be slow, full or gone: nobody who
 * logs waits for it. What does not fit is dropped, and told later as a number.
 *
 * @module
 */
import { LOG_QUEUE_MAX_BYTES, LOG_RETRY_MS } from "../limits.ts";
import { reached } from "../limits/reached.ts";

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

/** A line that waits. */
interface Waiting {
  readonly bytes: Uint8Array;
  /** How many dropped lines it tells of; 0: it is a line like others. */
  readonly tells: number;
}

/** The lines that wait for one sink. */
export class LogWriter {
  /** Lines dropped since the start. */
  dropped = 0;
  readonly #sink: LogSink;
  readonly #maxBytes: number;
  readonly #queue: Waiting[] = [];
  #queuedBytes = 0;
  /** What is being written: whole lines. */
  #batch = new Uint8Array(0);
  #batchAt = 0;
  #inBatch: Waiting[] = [];
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
    if (!this.#tellDropped() || !this.#append(line, 0)) {
      this.dropped++;
      this.#untold++;
      reached("LOG_QUEUE_MAX_BYTES");
    }
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
    this.#idle.push(resolve);
    // The first timer of a process loads code of Deno's, and microtasks run meanwhile: all may be done after it.
    const timer = setTimeout(resolve, boundMs);
    void promise.then(() => clearTimeout(timer));
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

  #append(bytes: Uint8Array, tells: number): boolean {
    const cost = bytes.length + LINE_COST_BYTES;
    if (this.#queuedBytes + cost > this.#maxBytes) return false;
    this.#queue.push({ bytes, tells });
    this.#queuedBytes += cost;
    return true;
  }

  /** `false` when there is something to tell and no room for it. */
  #tellDropped(): boolean {
    if (this.#untold === 0 || this.#tell === undefined) return true;
    if (!this.#append(this.#tell(this.#untold), this.#untold)) return false;
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
    const parts: Uint8Array[] = this.#torn ? [LINE_BREAK] : [];
    let bytes = parts.length;
    let lines = 0;
    for (const { bytes: line } of this.#queue) {
      if (lines > 0 && bytes + line.length > maxBytes) break;
      parts.push(line);
      bytes += line.length;
      lines++;
      this.#queuedBytes -= line.length + LINE_COST_BYTES;
    }
    this.#inBatch = this.#queue.splice(0, lines);
    this.#batch = joined(parts, bytes);
    this.#batchAt = 0;
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
    for (const { tells } of this.#inBatch) {
      if (tells === 0) this.dropped++;
      this.#untold += tells || 1;
    }
    this.#inBatch = [];
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
