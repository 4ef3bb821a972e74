/**
 * What comes out of a worker's stdout and stderr, as lines of the server's log.
 *
 * The records of the worker's own log are written as they are; every other line (of user code that writes
 * directly, of Deno, of a program that the worker started) becomes a record that says where it comes from.
 *
 * @module
 */
import type { ShownFields } from "../boundary/inspect.ts";
import { LOG_RAW_LINE_MAX_BYTES, LOG_READ_END_MS } from "../limits.ts";
import { reached } from "../limits/reached.ts";
import { LineSplitter } from "../observe/line_splitter.ts";
import type { Logger } from "../observe/log.ts";
import { pieceHead, PieceReader } from "../observe/log_pieces.ts";
import { timeNow } from "../observe/log_record.ts";
import type { ReadAllowance } from "./read_allowance.ts";

/** What reads the output of a server's workers. */
export interface OutputHost {
  readonly log: Logger;
  /** What all workers of a server may write together. */
  readonly allowance: ReadAllowance;
  readonly counters: OutputCounters;
}

/** What is counted of the output of a server's workers. */
export interface OutputCounters {
  /** Lines of their logs that workers had to drop. */
  logDropped: number;
  /** Lines and records that were longer than may be. */
  logCut: number;
}

/** A worker, as far as its output goes. */
export interface OutputSource {
  readonly pid: number;
  readonly stdout: ReadableStream<Uint8Array>;
  readonly stderr: ReadableStream<Uint8Array>;
  /** Its slot; `undefined` when it has none (yet, or any more). */
  slot(): number | undefined;
}

type Stream = "stdout" | "stderr";

/** Reads the output of one worker until it ends. */
export class WorkerOutput {
  /** Settles when all is read. */
  readonly #read: Promise<unknown>;
  readonly #host: OutputHost;
  readonly #source: OutputSource;
  readonly #readers: ReadableStreamDefaultReader<Uint8Array>[] = [];
  readonly #head: Uint8Array;
  readonly #pieces = new PieceReader();
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  #slot: number | undefined;
  #ended = false;
  /** What Deno said that kept the process from starting. */
  startError = "";

  /**
   * Begins to read.
   *
   * @param source The worker.
   * @param token What it marks its records with.
   * @param host See {@linkcode OutputHost}.
   */
  constructor(source: OutputSource, token: string, host: OutputHost) {
    this.#source = source;
    this.#host = host;
    this.#head = pieceHead(token);
    this.#read = Promise.all([this.#follow("stdout"), this.#follow("stderr")]);
  }

  /** The worker has ended: reads what is left. A process that it has started may hold the output open: not for long. */
  async end(): Promise<void> {
    this.#ended = true;
    const timer = setTimeout(() => {
      for (const reader of this.#readers) reader.cancel().catch(() => {});
    }, LOG_READ_END_MS);
    await this.#read;
    clearTimeout(timer);
  }

  async #follow(stream: Stream): Promise<void> {
    const lines = new LineSplitter(
      LOG_RAW_LINE_MAX_BYTES,
      ({ bytes, cutBytes }) => this.#line(stream, bytes, cutBytes),
    );
    const reader = this.#source[stream].getReader();
    this.#readers.push(reader);
    try {
      for (let read = await reader.read(); !read.done; read = await reader.read()) {
        this.#lookAtSlot();
        lines.push(read.value);
        if (!this.#ended) await this.#host.allowance.spend(read.value.length);
      }
    } catch {
      // It was cut off: what has come is all there is.
    }
    this.#lookAtSlot();
    lines.end();
  }

  /** Its last words come when the slot is free again. */
  #lookAtSlot(): void {
    const slot = this.#source.slot();
    if (slot !== undefined) this.#slot = slot;
  }

  #line(stream: Stream, bytes: Uint8Array, cutBytes: number): void {
    const at = stream === "stderr" ? indexOf(bytes, this.#head) : -1;
    if (at < 0) return this.#raw(stream, bytes, cutBytes);
    // Somebody wrote the beginning of a line, and then came a record.
    if (at > 0) this.#raw(stream, bytes.subarray(0, at), 0);
    const news = this.#pieces.push(bytes.subarray(at + this.#head.length));
    if (news === "incomplete") return;
    if (news === undefined) this.#host.counters.logCut++;
    else if ("dropped" in news) this.#dropped(news.dropped);
    else this.#host.log.pass(news, this.#origin());
  }

  #dropped(dropped: number): void {
    this.#host.counters.logDropped += dropped;
    this.#pass("warn", "log lines were dropped", this.#origin(), { dropped });
  }

  #raw(stream: Stream, bytes: Uint8Array, cutBytes: number): void {
    let text = this.#decoder.decode(bytes).replace(/\r$/, "");
    if (text === "" && cutBytes === 0) return;
    if (cutBytes > 0) {
      reached("LOG_RAW_LINE_MAX_BYTES");
      this.#host.counters.logCut++;
      text += `… (${cutBytes} more bytes)`;
    }
    if (this.#slot === undefined && stream === "stderr" && text.startsWith("error: ")) {
      this.startError ||= text.slice("error: ".length);
    }
    const level = stream === "stderr" ? "warn" : "info";
    this.#pass(level, text, { ...this.#origin(), stream }, {});
  }

  #pass(
    level: "info" | "warn",
    message: string,
    own: ShownFields,
    fields: ShownFields,
  ): void {
    this.#host.log.pass({ time: timeNow(), level, message, own: {}, fields }, own);
  }

  #origin(): ShownFields {
    return this.#slot !== undefined ? { slot: this.#slot } : { pid: this.#source.pid };
  }
}

function indexOf(bytes: Uint8Array, part: Uint8Array): number {
  const [first = 0] = part;
  for (let at = bytes.indexOf(first); at >= 0; at = bytes.indexOf(first, at + 1)) {
    let i = 1;
    while (i < part.length && bytes[at + i] === part[i]) i++;
    if (i === part.length) return at;
  }
  return -1;
}
