/**
 * Bytes into lines, each bounded.
 *
 * @module
 */

/** A line. */
export interface SplitLine {
  /** Its bytes up to the bound, without the line break. Valid until the next call. */
  readonly bytes: Uint8Array;
  /** Bytes of it that were left out. */
  readonly cutBytes: number;
}

const LINE_BREAK = 10;

/** Cuts one stream of bytes into lines. */
export class LineSplitter {
  readonly #begun: Uint8Array<ArrayBuffer>;
  readonly #maxBytes: number;
  readonly #onLine: (line: SplitLine) => void;
  #begunBytes = 0;
  #cutBytes = 0;

  /**
   * @param maxBytes Most bytes that are kept of a line.
   * @param onLine Gets each line.
   */
  constructor(maxBytes: number, onLine: (line: SplitLine) => void) {
    this.#maxBytes = maxBytes;
    this.#begun = new Uint8Array(maxBytes);
    this.#onLine = onLine;
  }

  /** Takes bytes as they come. */
  push(bytes: Uint8Array): void {
    let at = 0;
    for (let end = bytes.indexOf(LINE_BREAK); end >= 0; end = bytes.indexOf(LINE_BREAK, at)) {
      this.#lineEnds(bytes.subarray(at, end));
      at = end + 1;
    }
    if (at < bytes.length) this.#keep(bytes.subarray(at));
  }

  /** No more bytes will come: a line that has begun ends. */
  end(): void {
    if (this.#begunBytes > 0) this.#lineEnds(new Uint8Array(0));
  }

  #lineEnds(rest: Uint8Array): void {
    if (this.#begunBytes === 0 && rest.length <= this.#maxBytes) {
      return this.#onLine({ bytes: rest, cutBytes: 0 });
    }
    this.#keep(rest);
    const line = {
      bytes: this.#begun.subarray(0, this.#begunBytes),
      cutBytes: this.#cutBytes,
    };
    this.#begunBytes = this.#cutBytes = 0;
    this.#onLine(line);
  }

  #keep(bytes: Uint8Array): void {
    const kept = Math.min(bytes.length, this.#maxBytes - this.#begunBytes);
    this.#begun.set(bytes.subarray(0, kept), this.#begunBytes);
    this.#begunBytes += kept;
    this.#cutBytes += bytes.length - kept;
  }
}
