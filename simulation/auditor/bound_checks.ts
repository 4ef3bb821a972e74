/**
 * Whether anything was ever fuller than its bound allows.
 *
 * @module
 */
import type { Check, Observation } from "./observation.ts";
import { isProxy } from "./wire_checks.ts";

/** The bounds that the servers of a run were started with. */
export interface Bounds {
  /** While more bytes than this wait for a slot, or for a link, no data is taken for it. */
  readonly slotQueueBytes: number;
  readonly linkQueueBytes: number;
  /** Calls that wait for one service. */
  readonly queuedCalls: number;
  /** Calls under way in one server; half of them may come from one slot. */
  readonly calls: number;
}

/** What wants to be sent when there is room is a frame of the largest size, and words of few bytes, which are never refused. */
const LAST_FRAME_BYTES = 65_536 + 40_000;

/** Connections that may be in their handshake at once. */
const HANDSHAKES_MAX = 64;

/** Compares what servers and processes hold with the bounds of their scenario. */
export class BoundCheck implements Check {
  /** By what is bounded: how much there may be, and from where on it is full. */
  readonly #most: ReadonlyMap<string, { readonly most: number; readonly full: number }>;
  readonly #reached = new Set<string>();
  /** What was too full, and its most. */
  readonly #beyond = new Map<string, number>();

  /** @param bounds See {@linkcode Bounds}. */
  constructor(bounds: Bounds) {
    const { calls, queuedCalls, slotQueueBytes, linkQueueBytes } = bounds;
    const count = (most: number) => ({ most, full: most });
    const bytes = (full: number) => ({ most: full + LAST_FRAME_BYTES, full });
    this.#most = new Map([
      ["calls", count(calls)],
      ["calls of a slot", count(calls / 2)],
      ["waiting calls", count(queuedCalls)],
      ["link bytes", bytes(linkQueueBytes)],
      ["bytes for a slot", bytes(slotQueueBytes)],
      ["handshakes", count(HANDSHAKES_MAX)],
    ]);
  }

  /** What was as full as it may be, once at least. */
  get reached(): readonly string[] {
    return [...this.#reached].sort();
  }

  see(observation: Observation): void {
    if (observation.type === "level") {
      const { where, what, count } = observation;
      this.#compare(where, what, count);
    } else if (observation.type === "frames" && isProxy(observation.from)) {
      const { from, waitingBytes } = observation;
      this.#compare(from, "bytes for a slot", waitingBytes);
    }
  }

  faults(): string[] {
    return [...this.#beyond].map(([what, count]) => `${what}: there were ${count}`);
  }

  #compare(where: string, what: string, count: number): void {
    const { most, full } = this.#most.get(what)!;
    if (count >= full) this.#reached.add(what);
    if (count <= most) return;
    const name = `${where} may have ${most} ${what}`;
    this.#beyond.set(name, Math.max(count, this.#beyond.get(name) ?? 0));
  }
}
