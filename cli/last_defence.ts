/**
 * Errors that nobody caught, in the process of a server: a bug of ours, or a system that refuses what it never
 * refused. They are logged and counted, and the server goes on: all its calls would end with it.
 *
 * @module
 */
import { stackOf } from "../boundary/text.ts";
import type { Logger } from "../observe/log.ts";

/** Keeps a server alive, until it is disposed, when an error reaches nobody: it is logged and counted. */
export class LastDefence implements Disposable {
  /** Errors so far. */
  uncaught = 0;
  readonly #log: Logger;

  /** @param log Where they are told. */
  constructor(log: Logger) {
    this.#log = log;
    addEventListener("error", this.#onError);
    addEventListener("unhandledrejection", this.#onRejection);
  }

  /** From now on they end the process, as ever. */
  [Symbol.dispose](): void {
    removeEventListener("error", this.#onError);
    removeEventListener("unhandledrejection", this.#onRejection);
  }

  readonly #onError = (event: ErrorEvent) => this.#caught(event, event.error ?? event.message);
  readonly #onRejection = (event: PromiseRejectionEvent) => this.#caught(event, event.reason);

  #caught(event: Event, error: unknown): void {
    event.preventDefault();
    this.uncaught++;
    this.#log.error("an error that nobody caught: please report it; the server goes on", {
      error: stackOf(error),
    });
  }
}
