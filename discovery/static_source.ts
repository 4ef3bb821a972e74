/**
 * An address that is configured as it is.
 *
 * @module
 */
import type { AddressSource, SourceStatus } from "./source.ts";

/** Gives its one address at once, and never another. */
export class StaticSource implements AddressSource {
  readonly #address: string;

  /** @param address `"host:port"`. */
  constructor(address: string) {
    this.#address = address;
  }

  get status(): SourceStatus {
    return { source: this.#address, state: "current", addresses: 1, error: null };
  }

  start(changed: (addresses: readonly string[]) => void): void {
    changed([this.#address]);
  }

  enter(): void {}

  leave(): Promise<void> {
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}
