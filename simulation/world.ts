/**
 * Virtual time: events in the order of their times, one at a time.
 *
 * Between two events everything that the first one set off in promises comes to rest: each event is a task of its
 * own of the real event loop, which empties the queue of microtasks after every task. Nothing else of the real
 * world has a say, so the same events follow from the same beginning.
 *
 * @module
 */
import { BinaryHeap } from "@std/data-structures/binary-heap";

/** Whose events they are. */
export interface Owner {
  /** Until when it does nothing, in ms of the world; `Infinity`: until it is told otherwise. */
  readonly busyUntilMs: number;
  /** Its events are dropped. */
  readonly dead: boolean;
}

/** Something that will happen. */
export interface Happening {
  readonly owner: Owner | null;
  readonly happen: () => void;
  timeMs: number;
  cancelled: boolean;
  /** Order among events of one time. */
  order: number;
  /** It sets off nothing in promises: what follows need not wait for them. */
  readonly quiet: boolean;
}

/** Events per task queue; more than one, since a turn of the real event loop has its price. */
const TASKS = 32;

/** Runs events in their order until none is left, or the time is over. */
export class World {
  /** The time, in ms since the beginning. */
  nowMs = 0;
  /** Events that happened. */
  events = 0;
  /** Told of each event's owner, when all that it set off has come to rest. */
  onRest: ((owner: Owner) => void) | undefined;
  /** The owner of the last event. */
  #last: Owner | null = null;
  readonly #heap = new BinaryHeap(byTime);
  readonly #suspended: Happening[] = [];
  #order = 0;

  /** Lets something happen at a time; at once, if that has passed. */
  at(timeMs: number, owner: Owner | null, happen: () => void): Happening {
    return this.#plan(timeMs, owner, happen, false);
  }

  /** The same for what settles no promise, and is nobody's. */
  quietly(timeMs: number, happen: () => void): Happening {
    return this.#plan(timeMs, null, happen, true);
  }

  #plan(timeMs: number, owner: Owner | null, happen: () => void, quiet: boolean): Happening {
    const happening: Happening = {
      owner,
      happen,
      timeMs: Math.max(timeMs, this.nowMs),
      cancelled: false,
      order: this.#order++,
      quiet,
    };
    this.#heap.push(happening);
    return happening;
  }

  /** An event that waits gets another time. */
  move(happening: Happening, timeMs: number): Happening {
    happening.cancelled = true;
    return this.at(timeMs, happening.owner, happening.happen);
  }

  /** An owner that did nothing goes on: its events are looked at again. */
  wake(owner: Owner): void {
    for (let i = 0; i < this.#suspended.length;) {
      const happening = this.#suspended[i]!;
      if (happening.owner !== owner) i++;
      else {
        this.#suspended.splice(i, 1);
        happening.order = this.#order++;
        happening.timeMs = Math.max(this.nowMs, owner.busyUntilMs);
        this.#heap.push(happening);
      }
    }
  }

  /**
   * Lets time pass.
   *
   * @param untilMs Up to when.
   * @param eventsMax More events are thought to have no end.
   * @throws What an event threw: nothing in a simulation may. An error after so many events.
   */
  run(untilMs: number, eventsMax = Infinity): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let over = false;
    const step = () => {
      if (over) return;
      try {
        if (this.events >= eventsMax) {
          throw new Error(`${this.events} events, and at ${this.nowMs} ms there is no end of them`);
        }
        if (!this.#step(untilMs)) {
          over = true;
          resolve();
        }
      } catch (error) {
        over = true;
        reject(error);
      }
    };
    const turn = () => {
      for (let task = 0; task < TASKS; task++) setImmediate(step);
      setImmediate(() => {
        if (!over) turn();
      });
    };
    turn();
    return promise;
  }

  /** `false`: nothing more happens until then. */
  #step(untilMs: number): boolean {
    if (this.#last !== null) this.onRest?.(this.#last);
    this.#last = null;
    for (;;) {
      const next = this.#heap.peek();
      if (next === undefined || next.timeMs > untilMs) {
        this.nowMs = untilMs;
        return false;
      }
      this.#heap.pop();
      const { owner } = next;
      if (next.cancelled || owner?.dead) continue;
      if (owner !== null && owner.busyUntilMs > next.timeMs) {
        if (owner.busyUntilMs === Infinity) this.#suspended.push(next);
        else {
          // In the order in which they would have come.
          next.order = this.#order++;
          next.timeMs = owner.busyUntilMs;
          this.#heap.push(next);
        }
        continue;
      }
      this.nowMs = next.timeMs;
      this.events++;
      this.#last = owner;
      next.happen();
      if (!next.quiet) return true;
    }
  }
}

function byTime(a: Happening, b: Happening): number {
  return a.timeMs - b.timeMs || a.order - b.order;
}
