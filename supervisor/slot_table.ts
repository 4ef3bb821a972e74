/**
 * Which process is in which slot.
 *
 * @module
 */
import type { Assembler } from "../wire/assembler.ts";
import type { WorkerProcess } from "./worker_process.ts";
import type { Worker } from "./worker_state.ts";

/** A process that has a slot. */
export interface AttachedProcess {
  readonly kind: "web" | "exec" | "guest";
  readonly pid: number;
  readonly connection: number;
  /** `null` for a guest. */
  readonly worker: Worker<WorkerProcess> | null;
  /** Collects the fragments of its messages about itself. */
  readonly reports: Assembler;
  /** It has ended, and its slot is being cleared: what it said last still counts, what it offered does not. */
  gone: boolean;
}

interface Slot {
  process: AttachedProcess | undefined;
  /** The number of the vacation that left it free; 0: it was never used. */
  vacatedAt: number;
}

/** The processes by their slots, and which slot the next one gets. */
export class SlotTable {
  readonly #slots: Slot[];
  readonly #guestsMax: number;
  readonly #last: number;
  #vacations = 0;

  /**
   * @param slots How many there are; one that is there for successors is the last.
   * @param guestsMax How many of them guests may have: the others are for workers, and for a successor of one.
   */
  constructor(slots: number, guestsMax: number) {
    this.#last = slots - 1;
    this.#slots = Array.from({ length: slots }, () => ({ process: undefined, vacatedAt: 0 }));
    this.#guestsMax = guestsMax;
  }

  /** Slots in which nobody is. */
  get free(): number {
    return this.#slots.filter(({ process }) => process === undefined).length;
  }

  /** Who is in a slot. */
  at(slot: number): AttachedProcess | undefined {
    return this.#slots[slot]?.process;
  }

  /** The slot of a connection; -1: it has none. */
  slotOf(connection: number): number {
    return this.#slots.findIndex(({ process }) => process?.connection === connection);
  }

  /** Gives a slot to a process. */
  occupy(slot: number, process: AttachedProcess): void {
    this.#at(slot).process = process;
  }

  /** The process of a slot is gone. */
  vacate(slot: number): void {
    const left = this.#at(slot);
    left.process = undefined;
    left.vacatedAt = ++this.#vacations;
  }

  /**
   * A slot for a process; -1: there is none for it. Guests get the one that has been free longest, since a guest
   * that was thrown out may live on and still write into its old slot.
   */
  find(kind: AttachedProcess["kind"]): number {
    const isFree = ({ process }: Slot) => process === undefined;
    if (kind !== "guest") return this.#slots.findIndex(isFree);
    const guests = this.#slots.filter(({ process }) => process?.kind === "guest").length;
    if (guests >= this.#guestsMax) return -1;
    let best = -1;
    let bestVacatedAt = Infinity;
    this.#slots.forEach((slot, index) => {
      if (!isFree(slot) || slot.vacatedAt > bestVacatedAt) return;
      if (best >= 0 && index === this.#last) return;
      best = index;
      bestVacatedAt = slot.vacatedAt;
    });
    return best;
  }

  #at(slot: number): Slot {
    const found = this.#slots[slot];
    if (found === undefined) throw new RangeError(`there is no slot ${slot}`);
    return found;
  }
}
