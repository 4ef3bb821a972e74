/**
 * For tests: a source, with everything it has told.
 *
 * @module
 */
import type { Log } from "../client/types.ts";
import type { AddressSource } from "./source.ts";

const WATCHDOG_MS = 20_000;

/** A log that can be read. */
export class MemoryLog implements Log {
  readonly lines: string[] = [];

  debug(): void {}

  info(message: string): void {
    this.lines.push(message);
  }

  warn(message: string): void {
    this.lines.push(message);
  }

  error(message: string): void {
    this.lines.push(message);
  }
}

/** Something that changes; tests wait until it is as they want it. */
export class Changes {
  readonly #waiting = new Set<() => void>();

  /** Has everybody who waits look again. */
  changed(): void {
    for (const check of [...this.#waiting]) check();
  }

  /** Settles when `holds`; fails when that takes too long. */
  until(what: string, holds: () => boolean): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const end = (settle: () => void): void => {
      clearTimeout(watchdog);
      this.#waiting.delete(check);
      settle();
    };
    const check = (): void => {
      if (holds()) end(resolve);
    };
    const watchdog = setTimeout(() => end(() => reject(new Error(`hangs: ${what}`))), WATCHDOG_MS);
    this.#waiting.add(check);
    check();
    return promise;
  }
}

/** A source that is started and watched. Disposing ends it. */
export class Watched<Source extends AddressSource> implements AsyncDisposable {
  readonly source: Source;
  /** The last set. */
  addresses: readonly string[] = [];
  /** Every set it has told. */
  readonly told: (readonly string[])[] = [];
  readonly #changes = new Changes();

  /** @param source Not started yet. */
  constructor(source: Source) {
    this.source = source;
    source.start((addresses) => {
      this.addresses = addresses;
      this.told.push(addresses);
      this.#changes.changed();
    });
  }

  /** Settles when it gives just these addresses, in whatever order. */
  gives(...addresses: string[]): Promise<void> {
    const wanted = addresses.toSorted().join();
    return this.until(
      `${this.source.status.source} gives ${wanted}`,
      () => this.addresses.toSorted().join() === wanted && this.source.status.state === "current",
    );
  }

  /** Settles when something is so after it has told something. */
  until(what: string, holds: () => boolean): Promise<void> {
    return this.#changes.until(what, holds);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.source[Symbol.asyncDispose]();
  }
}
