/**
 * Outlier ejection of one server for one service: after a run of failures it gets no calls for a while,
 * then one real call as a probe decides whether it is back. (The scheme is Envoy's outlier detection,
 * with a probe instead of a plain return.)
 *
 * @module
 */
import { EJECTION_MAX_MS, EJECTION_MIN_MS } from "../limits.ts";

/** Failures in a row that eject. */
export const OUTLIER_FAILURES = 5;
/** A server that was well for this long starts over with the shortest ejection, in ms. */
export const OUTLIER_FORGET_MS = 60_000;

/**
 * The states. `in`: takes calls. `out`: takes none before `untilMs`, then one. `probing`: that one call
 * is under way.
 */
type State =
  | { name: "in"; failures: number; sinceMs: number }
  | { name: "out"; untilMs: number }
  | { name: "probing" };

/** The ejection state of one server for one service. */
export class Outlier {
  #state: State = { name: "in", failures: 0, sinceMs: 0 };
  #lengthMs = EJECTION_MIN_MS;
  /** Times this server was ejected, failed probes included. */
  ejections = 0;

  /** `"in"`, `"out"` or `"probing"`. */
  get state(): State["name"] {
    return this.#state.name;
  }

  /** Whether it must not get a call at `now`. */
  excluded(now: number): boolean {
    const state = this.#state;
    return state.name === "probing" || (state.name === "out" && now < state.untilMs);
  }

  /** Whether the next call is the probe. */
  probeDue(now: number): boolean {
    return this.#state.name === "out" && now >= this.#state.untilMs;
  }

  /** ms until the probe is due; 0 when it is, or when the server is not ejected. */
  remainingMs(now: number): number {
    return this.#state.name === "out" ? Math.max(0, this.#state.untilMs - now) : 0;
  }

  /** A call starts. out → probing, when the probe is due. */
  started(now: number): void {
    if (this.probeDue(now)) this.#state = { name: "probing" };
  }

  /**
   * A call ended well. probing → in. In state `out` a late answer of an earlier call makes the probe due.
   *
   * @returns Whether the server was readmitted.
   */
  succeeded(now: number): boolean {
    const state = this.#state;
    if (state.name === "in") state.failures = 0;
    else if (state.name === "out") state.untilMs = now;
    else {
      this.#state = { name: "in", failures: 0, sinceMs: now };
      return true;
    }
    return false;
  }

  /**
   * A call failed. in → out, after a run of failures and if `mayEject`; probing → out, for twice as long.
   *
   * @returns Whether the server went from taking calls to taking none.
   */
  failed(now: number, mayEject: boolean): boolean {
    const state = this.#state;
    if (state.name === "out") return false;
    if (state.name === "in") {
      if (++state.failures < OUTLIER_FAILURES || !mayEject) return false;
      if (now - state.sinceMs >= OUTLIER_FORGET_MS) this.#lengthMs = EJECTION_MIN_MS;
    }
    this.#state = { name: "out", untilMs: now + this.#lengthMs };
    this.#lengthMs = Math.min(2 * this.#lengthMs, EJECTION_MAX_MS);
    this.ejections++;
    return state.name === "in";
  }

  /** A call ended without telling anything (its caller left). probing → out, the probe due at once. */
  abandoned(now: number): void {
    if (this.#state.name === "probing") this.#state = { name: "out", untilMs: now };
  }

  /** The server is a new one (it reconnected). Any → in. */
  reset(now: number): void {
    this.#state = { name: "in", failures: 0, sinceMs: now };
    this.#lengthMs = EJECTION_MIN_MS;
  }
}
