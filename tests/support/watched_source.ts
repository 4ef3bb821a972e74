/**
 * For tests: a source, with everything it has told.
 *
 * @module
 */
import type { AddressSource } from "../../discovery/source.ts";
import { Changes } from "./changes.ts";

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
