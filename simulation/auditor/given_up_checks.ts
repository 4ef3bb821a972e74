/**
 * Nobody gives up what never began, while there is time: a call that a server could not take is made again until its
 * deadline.
 *
 * The rule is that of docs/errors.md.
 *
 * @module
 */
import type { Calls, Seen } from "./calls.ts";
import type { FrameStart } from "./frame_reader.ts";
import { type Direction, isProxy } from "./wire_checks.ts";

const ERROR = 4;
const FIRST = 1;
/** Flags of an error. */
const STARTED = 1, RETRYABLE = 2;
const UNAVAILABLE = 14;

/** So long after an error came a call ends by it, in ms; who is busy takes longer, and is passed over. */
const AT_ONCE_MS = 2;
/** So long before its deadline a call could have been made again, in ms: longer than any pause. */
const EARLY_MS = 700;

/** An error that says that a call never began. */
interface Refused {
  readonly ms: number;
  readonly retryable: boolean;
}

/** Looks for calls that were given up though they never began and there was time. */
export class GivenUpCheck {
  /** By process that called. */
  readonly #refused = new Map<string, Refused[]>();

  /** A frame was seen. */
  frame({ kind, flags, body, bodyBytes }: FrameStart, ms: number, { from, to }: Direction): void {
    if (kind !== ERROR || !(flags & FIRST) || bodyBytes < 2 || !isProxy(from)) return;
    const traits = body.getUint8(1);
    if (body.getUint8(0) !== UNAVAILABLE || traits & STARTED) return;
    const of = this.#refused.get(to) ?? [];
    this.#refused.set(to, of);
    of.push({ ms, retryable: (traits & RETRYABLE) !== 0 });
  }

  /** What was wrong, in words. */
  faults(calls: Calls): string[] {
    return [...calls.byNumber.values()].filter((seen) => this.#isGivenUp(seen)).map(
      ({ made: { call, manner, service, handler }, ended: [last] }) =>
        `call ${call} (${manner}, ${service}.${handler}) never began, and was not made again: ${last?.message}`,
    );
  }

  #isGivenUp({ made, ended }: Seen): boolean {
    const [last] = ended;
    // A hedge ends by itself, and each server of a broadcast is asked by a call of its own.
    if (last === undefined || made.hedged || made.manner === "broadcast") return false;
    if (last.code !== "UNAVAILABLE" || last.started || last.byCaller) return false;
    if (last.ms > made.ms + made.timeoutMs - EARLY_MS) return false;
    const near = (this.#refused.get(made.process) ?? []).filter(({ ms }) =>
      ms <= last.ms && ms >= last.ms - AT_ONCE_MS
    );
    return near.length > 0 && near.every(({ retryable }) => retryable);
  }
}
