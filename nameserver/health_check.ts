/**
 * Asks web servers over HTTP whether they are well.
 *
 * @module
 */
import { textOf } from "../boundary/text.ts";
import { HEALTH_CHECK_MS, HEALTH_CHECK_TIMEOUT_MS } from "../limits.ts";
import { Health } from "./health.ts";

/** A web server to check. */
export interface HealthTarget {
  /** The server's name, by which {@linkcode HealthCheck.healthy} is asked. */
  readonly server: string;
  /** A page whose status is below 400 when the server is well. */
  readonly url: string;
}

/** Options of a {@linkcode HealthCheck}. */
export interface HealthCheckOptions {
  targets: readonly HealthTarget[];
  /** Time between the checks of a server, in ms. Default 1,000. */
  everyMs?: number;
  /** Time a check may take, in ms. Default 1,000. */
  timeoutMs?: number;
  /** Called before each check. */
  onCheck?: () => void;
  /** Called when a server's health has changed, with why the last check failed. */
  onChange?: (server: string, healthy: boolean, why: string | undefined) => void;
}

/** Checks until it is disposed of. */
export class HealthCheck implements AsyncDisposable {
  readonly #options: HealthCheckOptions;
  readonly #health = new Map<string, Health>();
  readonly #faults = new Map<string, string>();
  readonly #stop = new AbortController();
  readonly #loops: Promise<void>[];
  readonly #firstRound: Promise<void>;

  constructor(options: HealthCheckOptions) {
    this.#options = options;
    const first: Promise<void>[] = [];
    this.#loops = options.targets.map((target) => {
      this.#health.set(target.server, new Health());
      const { promise, resolve } = Promise.withResolvers<void>();
      first.push(promise);
      return this.#loop(target, resolve).finally(resolve);
    });
    this.#firstRound = Promise.all(first).then(() => {});
  }

  /** Resolves when every server has been checked once. */
  get firstRound(): Promise<void> {
    return this.#firstRound;
  }

  /** Whether the server passes its check; `false` for one that is not checked. */
  healthy(server: string): boolean {
    return this.#health.get(server)?.healthy ?? false;
  }

  /** Why the last check of a server failed; `undefined` when it passed. */
  fault(server: string): string | undefined {
    return this.#faults.get(server);
  }

  /**
   * Takes a server out without a check; passed checks bring it back.
   *
   * @param why For {@linkcode HealthCheck.fault}, until the next check.
   * @returns Whether it was well before.
   */
  fail(server: string, why: string): boolean {
    this.#faults.set(server, why);
    return this.#health.get(server)?.fail() ?? false;
  }

  /** Stops checking; resolves when no check is under way. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#loops);
  }

  async #loop(target: HealthTarget, checked: () => void): Promise<void> {
    const stop = this.#stop.signal;
    while (!stop.aborted) {
      this.#options.onCheck?.();
      const fault = await this.#check(target.url);
      if (stop.aborted) return;
      const passed = fault === undefined;
      if (passed) this.#faults.delete(target.server);
      else this.#faults.set(target.server, fault);
      if (this.#health.get(target.server)?.record(passed)) {
        this.#options.onChange?.(target.server, passed, fault);
      }
      checked();
      await pause(this.#options.everyMs ?? HEALTH_CHECK_MS, stop);
    }
  }

  /** Why the check failed; `undefined` when it passed. */
  async #check(url: string): Promise<string | undefined> {
    const timeoutMs = this.#options.timeoutMs ?? HEALTH_CHECK_TIMEOUT_MS;
    const late = new AbortController();
    const timer = setTimeout(
      () => late.abort(new Error(`no answer within ${timeoutMs} ms`)),
      timeoutMs,
    );
    try {
      const response = await fetch(url, {
        signal: AbortSignal.any([late.signal, this.#stop.signal]),
        redirect: "manual",
        headers: { connection: "close" },
      });
      await response.body?.cancel();
      return response.status < 400 ? undefined : `status ${response.status}`;
    } catch (error) {
      return textOf(error);
    } finally {
      clearTimeout(timer);
    }
  }
}

function pause(ms: number, stop: AbortSignal): Promise<void> {
  if (stop.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      stop.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    stop.addEventListener("abort", done);
  });
}
