/**
 * Who stops reading a stream is sent no more of it than the credit that was given before.
 *
 * @module
 */
import type { Calls } from "./calls.ts";
import { FRAME_MAX_BYTES, type FrameStart } from "./frame_reader.ts";
import type { Observation } from "./observation.ts";
import { type Direction, isProxy } from "./wire_checks.ts";

const REQUEST = 1, REPLY = 2;
const FIRST = 1;
const WINDOW_BYTES = 262_144;
/** Credit is exceeded by one frame at most. */
const MOST_BYTES = WINDOW_BYTES + FRAME_MAX_BYTES;

/** A reader stopped for a time. */
interface Stop {
  readonly call: number;
  readonly process: string;
  /** Stream → bytes of replies that came meanwhile, of all that its process makes. */
  readonly came: Map<number, number>;
}

/** Counts what comes for a reader that stands still, and compares it with its credit. */
export class ReaderCheck {
  readonly #calls: Calls;
  /** Process → stream → id of the request that used it last. */
  readonly #ids = new Map<string, Map<number, bigint>>();
  readonly #stopped = new Set<Stop>();
  readonly #faults: string[] = [];

  /** @param calls Knows which request is whose. */
  constructor(calls: Calls) {
    this.#calls = calls;
  }

  /** Something was seen. */
  see(observation: Observation): void {
    if (observation.type !== "reader") return;
    const { call, process, what } = observation;
    if (what === "stops") this.#stopped.add({ call, process, came: new Map() });
    else {
      for (const stop of this.#stopped) {
        if (stop.call !== call) continue;
        this.#stopped.delete(stop);
        this.#judge(stop);
      }
    }
  }

  /** A frame was seen in a slot. */
  frame({ kind, flags, stream, body, bodyBytes }: FrameStart, { from, to }: Direction): void {
    if (kind === REQUEST && flags & FIRST && !isProxy(from)) {
      let ids = this.#ids.get(from);
      if (ids === undefined) this.#ids.set(from, ids = new Map());
      ids.set(stream, body.getBigUint64(8, true));
    } else if (kind === REPLY && this.#stopped.size > 0) {
      for (const { process, came } of this.#stopped) {
        if (process === to) came.set(stream, (came.get(stream) ?? 0) + bodyBytes);
      }
    }
  }

  /** What was wrong, in words. */
  faults(): string[] {
    for (const stop of this.#stopped) this.#judge(stop);
    return this.#faults;
  }

  #judge({ call, process, came }: Stop): void {
    const seen = this.#calls.byNumber.get(call);
    if (seen === undefined || this.#calls.liars.touched(seen)) return;
    const own = new Set(seen.begun.map(({ requestId }) => BigInt(`0x${requestId}`)));
    for (const [stream, bytes] of came) {
      const id = this.#ids.get(process)?.get(stream);
      if (bytes > MOST_BYTES && id !== undefined && own.has(id)) {
        this.#faults.push(`call ${call} was sent ${bytes} bytes while its reader stood still`);
      }
    }
  }
}
