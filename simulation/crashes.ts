/**
 * What falls in the middle of a run: a mistake in the simulation's own code is told apart. What a stand-in throws on
 * purpose, and nobody catches, is a fault of mesh.
 *
 * @module
 */

const ROOT = new URL("../", import.meta.url).href;
/** Errors that no stand-in throws on purpose. */
const MISTAKE = /\b(Type|Reference|Range|Syntax)Error\b/;

/** Collects them until it is disposed of. */
export class Crashes implements Disposable {
  /** Of mesh. */
  readonly faults: string[] = [];
  /** Of the simulation itself. */
  readonly own: string[] = [];

  constructor() {
    globalThis.addEventListener("unhandledrejection", this.#onRejection);
    globalThis.addEventListener("error", this.#onError);
  }

  /** Something fell; its text has the stack. */
  add(text: string): void {
    const [, where] = text.split(ROOT);
    const own = where?.startsWith("simulation/") === true && MISTAKE.test(text.split("\n")[0]!);
    (own ? this.own : this.faults).push(text);
  }

  readonly #onRejection = (event: PromiseRejectionEvent): void => {
    event.preventDefault();
    this.add(`a rejection that nobody handles: ${textOf(event.reason)}`);
  };

  readonly #onError = (event: ErrorEvent): void => {
    event.preventDefault();
    this.add(`an error that nobody catches: ${textOf(event.error ?? event.message)}`);
  };

  [Symbol.dispose](): void {
    globalThis.removeEventListener("unhandledrejection", this.#onRejection);
    globalThis.removeEventListener("error", this.#onError);
  }
}

/** What was thrown, with its stack. */
export function textOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.stack ?? thrown.message : String(thrown);
}
