/**
 * How often a call is tried: by the requests that a process gives to its proxy, and the errors that it gets back.
 *
 * The rules are those of docs/errors.md, the numbers those of limits.ts, written down again.
 *
 * @module
 */
import type { FrameStart } from "./frame_reader.ts";
import type { LiarWatch } from "./liar_watch.ts";
import type { Made } from "./observation.ts";
import { type Direction, isProxy } from "./wire_checks.ts";

const REQUEST = 1, ERROR = 4, CANCEL = 5;
const FIRST = 1;
/** Head flags of a request. */
const PINNED = 8, HEDGE = 32, SUSPECT = 64;
/** Flags of an error. */
const STARTED = 1, RETRYABLE = 2, DIED = 8;
const UNAVAILABLE = 14;

/** Attempts of a call that may have begun or were refused for overload. */
const ATTEMPTS_MAX = 3;
const RETRIES = { free: 10, share: 0.1, most: 100 } as const;
const HEDGES = { free: 1, share: 0.05, most: 10 } as const;
/** The pause before the third attempt, in ms; it doubles with each further one up to a longest, and half of it is chance. */
const PAUSE = { min: 20, max: 400, least: 0.5 } as const;
/** Timers have whole ms, and each process its own pace. */
const PAUSE_SLACK = { ms: 1, share: 0.05 } as const;
/** So long ago a process died at most whose death is told now, in ms. */
const DEATH_TOLD_MS = 10_000;
/** A sum of many small shares is off by rounding. */
const ROUNDING = 1e-6;

interface Budget {
  tokens: number;
  spent: number;
}

/** What is known of an attempt that ended in an error. */
interface Failed {
  readonly code: number;
  readonly flags: number;
  readonly ms: number;
  /** Whether it says which server it is from. */
  readonly named: boolean;
}

/** A request under one id, by one process. */
interface Request {
  attempt: number;
  /** Processes died with it, as its caller was told. */
  deaths: number;
  cancelled: boolean;
  failed: Failed | undefined;
}

interface Caller {
  readonly retries: Budget;
  readonly hedges: Budget;
  /** By what tells them apart. */
  readonly requests: Map<string, Request>;
  /** Those under way, by stream. */
  readonly streams: Map<number, Request>;
}

/** Counts the attempts of each call of a process, and faults those that should not have been made. */
export class AttemptCheck {
  readonly #callers = new Map<string, Caller>();
  readonly #faults: string[] = [];
  readonly #watch: LiarWatch;
  /** When a worker process died last that nobody had asked to end. */
  #deathMs = -Infinity;

  /** @param watch Knows the servers that lie to their peers. */
  constructor(watch: LiarWatch) {
    this.#watch = watch;
  }

  /** A process died. */
  died(process: string, ms: number, asked: boolean): void {
    if (!asked && !isProxy(process)) this.#deathMs = ms;
  }

  /** A call was made: its process may try others again. */
  made({ process, manner }: Made): void {
    // The calls of a broadcast are counted as they are sent: nobody knows how many there are. One that knows nobody
    // makes an ordinary call, which cannot be told from others.
    if (manner !== "page") pay(this.#caller(process));
  }

  /** A frame was seen. */
  frame(frame: FrameStart, ms: number, there: Direction): void {
    if (isProxy(there.from)) {
      if (frame.kind === ERROR && frame.flags & FIRST) this.#failed(frame, ms, there.to);
    } else if (frame.kind === REQUEST && frame.flags & FIRST) {
      const fault = this.#asked(frame, ms, this.#caller(there.from));
      if (fault !== undefined && !this.#watch.knows(frame.body.getBigUint64(8, true))) {
        this.#faults.push(`at ${ms.toFixed(1)}, ${there.from} ${fault}`);
      }
    } else if (frame.kind === CANCEL) {
      const request = this.#callers.get(there.from)?.streams.get(frame.stream);
      if (request !== undefined) request.cancelled = true;
    }
  }

  /** What was wrong, in words. */
  faults(): string[] {
    return this.#faults;
  }

  #asked({ stream, body }: FrameStart, ms: number, caller: Caller): string | undefined {
    const flags = body.getUint8(2);
    const attempt = body.getUint8(3);
    const id = body.getBigUint64(8, true).toString(16).padStart(16, "0");
    const hedge = (flags & HEDGE) !== 0;
    const pinned = (flags & PINNED) !== 0;
    // A broadcast's calls, and a handler's own, may share an id: they differ in who is asked, or for what.
    const whose = `${id} ${pinned ? body.getUint32(16, true) : ""} ${body.getUint8(24)}`;
    const name = `${whose} ${hedge}`;
    // A hedge that is tried again while the first call waits for its next try is none any more.
    const before = caller.requests.get(name) ?? caller.requests.get(`${whose} ${!hedge}`);
    if (attempt === 0) {
      if (caller.requests.has(name)) return `asked ${id} anew, and does not say so`;
      const deaths = flags & SUSPECT ? 1 : 0;
      const request = { attempt, deaths, cancelled: false, failed: undefined };
      caller.requests.set(name, request);
      caller.streams.set(stream, request);
      if (pinned) pay(caller);
      return hedge ? hedged(caller, flags) : undefined;
    }
    const call = `tried ${id} for the ${attempt + 1}. time`;
    if (before === undefined) return `${call}, but never before`;
    const { failed } = before;
    if (before.attempt !== attempt - 1) return `${call}, after attempt ${before.attempt + 1}`;
    if (failed === undefined) return `${call}, but the attempt before has not ended`;
    if (before.cancelled) return `${call}, but had given it up`;
    if (!(failed.flags & RETRYABLE)) return `${call}, after an error that forbids it`;
    if (before.deaths > 0 && !(flags & SUSPECT)) {
      return `${call}, but does not say that a process died with it`;
    }
    if (before.deaths > 0 && failed.flags & STARTED && !(failed.flags & DIED)) {
      return `${call}, although a process died with it before`;
    }
    if (failed.named && !pinned && !hedge && body.getUint32(16, true) === 0) {
      return `${call}, but names no server to avoid`;
    }
    const pauseMs = ms - failed.ms;
    if (pauseMs < leastPauseMs(attempt)) return `${call}, after ${pauseMs.toFixed(1)} ms`;
    const free = isFree(before, failed);
    before.attempt = attempt;
    before.failed = undefined;
    caller.streams.set(stream, before);
    if (free) return undefined;
    if (attempt >= ATTEMPTS_MAX) return `${call}, ${ATTEMPTS_MAX} are allowed`;
    return spend(caller.retries)
      ? undefined
      : `${call}, beyond its budget: ${caller.retries.spent} were spent before`;
  }

  #failed({ stream, body, bodyBytes }: FrameStart, ms: number, process: string): void {
    const request = this.#callers.get(process)?.streams.get(stream);
    if (request === undefined || bodyBytes < 2) return;
    const named = bodyBytes >= 4 && body.getUint16(2, true) > 0;
    const failed = { code: body.getUint8(0), flags: body.getUint8(1), ms, named };
    request.failed = failed;
    if (failed.flags & DIED) request.deaths++;
    // A liar may tell anybody of a death.
    if (failed.flags & DIED && !this.#watch.any && ms - this.#deathMs > DEATH_TOLD_MS) {
      this.#faults.push(`at ${ms.toFixed(1)}, ${process} hears of a death, but none has died`);
    }
    this.#callers.get(process)!.streams.delete(stream);
  }

  #caller(process: string): Caller {
    let caller = this.#callers.get(process);
    if (caller === undefined) {
      caller = {
        retries: { tokens: RETRIES.free, spent: 0 },
        hedges: { tokens: HEDGES.free, spent: 0 },
        requests: new Map(),
        streams: new Map(),
      };
      this.#callers.set(process, caller);
    }
    return caller;
  }
}

/** How long a call waits before its attempt of this number at least; the second one, number 1, comes at once. */
function leastPauseMs(attempt: number): number {
  if (attempt <= 1) return 0;
  const pauseMs = Math.min(PAUSE.max, PAUSE.min * 2 ** (attempt - 2)) * PAUSE.least;
  return pauseMs * (1 - PAUSE_SLACK.share) - PAUSE_SLACK.ms;
}

function isFree({ deaths }: Request, { code, flags }: Failed): boolean {
  if (code === UNAVAILABLE && !(flags & STARTED)) return true;
  return (flags & DIED) !== 0 && deaths === 1;
}

function hedged(caller: Caller, flags: number): string | undefined {
  if (flags & PINNED) return "hedged a call that one server alone may answer";
  if (flags & SUSPECT) return "hedged a call that was in flight in a process that died";
  return spend(caller.hedges)
    ? undefined
    : `hedged beyond its budget: ${caller.hedges.spent} were spent before`;
}

function pay(caller: Caller): void {
  earn(caller.retries, RETRIES);
  earn(caller.hedges, HEDGES);
}

function earn(budget: Budget, { share, most }: { share: number; most: number }): void {
  budget.tokens = Math.min(most, budget.tokens + share);
}

function spend(budget: Budget): boolean {
  if (budget.tokens < 1 - ROUNDING) return false;
  budget.tokens--;
  budget.spent++;
  return true;
}
