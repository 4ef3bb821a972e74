/**
 * Errors that user code did not catch, in a worker: a rejection that nobody handles, a throw in a timer, in an
 * event listener, in a microtask. Without this, Deno would end the process, with every call in it.
 *
 * Programs may have listeners of their own: what they handle (`preventDefault()`, or `process.on(…)` as in Node)
 * is theirs. An error that such a listener throws ends the process as before; so does a value at which Deno itself
 * cannot look (a proxy whose `getPrototypeOf` throws) when an event listener throws it: Deno fails on it before it
 * tells anybody. Where timers and microtasks throw one, its way to us is shorter.
 *
 * @module
 */
import { stackOf, textOf } from "../boundary/text.ts";
import type { Log } from "../client/types.ts";
import { UNCAUGHT_LOGGED_PER_SECOND } from "../limits.ts";
import { reached } from "../limits/reached.ts";

/** How often errors are reported to the server at most, in ms. */
const REPORT_MS = 100;
/** For how long the number of logged errors is bounded, in ms. */
const SECOND_MS = 1_000;

/** What to do with uncaught errors. */
export interface UncaughtSink {
  readonly log: Log;
  /** What user code works on now, for the log. */
  underWay(): readonly string[];
  /** Tells the server. */
  report(count: number, text: string): void;
}

interface Core {
  setReportExceptionCallback?: (callback: (thrown: unknown) => void) => void;
}

// User code may replace what is global.
const { setTimeout, queueMicrotask, reportError } = globalThis;

/** Catches them in this process, logs some, and reports how many there were. */
export class UncaughtErrors {
  /** Gets each error before {@linkcode serve}: the modules cannot be loaded then. */
  onLoading: ((thrown: unknown) => void) | undefined;
  #sink: UncaughtSink | undefined;
  #unreported = 0;
  #lastText = "";
  #reporting = false;
  #logged = 0;
  #leftOut = 0;
  #counting = false;

  /** Begins to listen. */
  constructor() {
    globalThis.addEventListener("error", (event) => {
      // An error in a thread of the program has no value here, only a message.
      this.#dispatched(event, event.error ?? event.message);
    });
    globalThis.addEventListener("unhandledrejection", (event) => {
      // With a listener in the way of Node, which Deno calls after this one, the rejection is the program's.
      if (nodeHandles("unhandledRejection") || nodeHandles("uncaughtException")) return;
      this.#dispatched(event, event.reason);
    });
    // Undocumented, hence looked for: called with what timers and microtasks throw.
    const internal = (Deno as unknown as { [name: symbol]: { core?: Core } | undefined })[
      (Deno as unknown as { internal: symbol }).internal
    ];
    internal?.core?.setReportExceptionCallback?.((thrown) => {
      const listens = this.#sink !== undefined || this.onLoading !== undefined;
      if (listens && !canBeShown(thrown)) this.#caught(thrown);
      else reportError(thrown);
    });
  }

  /** From now on errors are logged and reported. */
  serve(sink: UncaughtSink): void {
    this.#sink = sink;
    this.onLoading = undefined;
  }

  /** This listener is the first of all: what others do with the event is known when all have been called. */
  #dispatched(event: Event, thrown: unknown): void {
    if (this.#sink === undefined && this.onLoading === undefined) return;
    let handled = false;
    Object.defineProperty(event, "preventDefault", { value: () => void (handled = true) });
    Event.prototype.preventDefault.call(event);
    queueMicrotask(() => {
      if (!handled) this.#caught(thrown);
    });
  }

  #caught(thrown: unknown): void {
    const sink = this.#sink;
    if (sink === undefined) return this.onLoading?.(thrown);
    this.#unreported++;
    this.#lastText = textOf(thrown);
    if (this.#logged < UNCAUGHT_LOGGED_PER_SECOND) {
      this.#logged++;
      const underWay = sink.underWay();
      sink.log.error("uncaught error", {
        error: stackOf(thrown),
        handlers: underWay.length === 0 ? undefined : underWay,
      });
    } else {
      this.#leftOut++;
      reached("UNCAUGHT_LOGGED_PER_SECOND");
    }
    if (!this.#counting) {
      this.#counting = true;
      setTimeout(() => this.#secondOver(), SECOND_MS);
    }
    if (!this.#reporting) this.#report();
  }

  #report(): void {
    this.#reporting = this.#unreported > 0;
    if (!this.#reporting) return;
    this.#sink?.report(this.#unreported, this.#lastText);
    this.#unreported = 0;
    setTimeout(() => this.#report(), REPORT_MS);
  }

  #secondOver(): void {
    this.#counting = false;
    this.#logged = 0;
    if (this.#leftOut === 0) return;
    this.#sink?.log.error("uncaught errors were left out of the log", { leftOut: this.#leftOut });
    this.#leftOut = 0;
  }
}

/** Whether Deno can make an error event of a value: it asks it the same. */
function canBeShown(thrown: unknown): boolean {
  try {
    if (typeof thrown === "object" && thrown !== null) {
      if (!Error.prototype.isPrototypeOf.call(Error.prototype, thrown)) Deno.inspect(thrown);
    } else if (typeof thrown === "function") Deno.inspect(thrown);
    return true;
  } catch {
    return false;
  }
}

function nodeHandles(event: "unhandledRejection" | "uncaughtException"): boolean {
  try {
    const { process } = globalThis as { process?: { listenerCount(event: string): number } };
    return (process?.listenerCount(event) ?? 0) > 0;
  } catch {
    return false;
  }
}
