/**
 * Which process is in which slot.
 *
 * @module
 */
import type { Assembler } from "../wire/assembler.ts";
import type { WorkerProcess } from "./worker_process.ts";
import type { Worker } from "./worker_state.ts";

/** A process and its slot. */
export interface Occupant {
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
  occupant: Occupant | undefined;
  /** The number of the vacation that left it free; 0: it was never used. */
  vacatedAt: number;
}

/** See the module's description. */
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
    this.#slots = Array.from({ length: slots }, () => ({ occupant: undefined, vacatedAt: 0 }));
    this.#guestsMax = guestsMax;
  }

  /** Slots in which nobody is. */
  get free(): number {
    return this.#slots.filter(({ occupant }) => occupant === undefined).length;
  }

  /** Who is in a slot. */
  at(slot: number): Occupant | undefined {
    return this.#slots[slot]?.occupant;
  }

  /** The slot of a connection; -1: it has none. */
  slotOf(connection: number): number {
    return this.#slots.findIndex(({ occupant }) => occupant?.connection === connection);
  }

  /** Gives a slot to a process. */
  occupy(slot: number, occupant: Occupant): void {
    this.#slots[slot]!.occupant = occupant;
  }

  /** The process of a slot is gone. */
  vacate(slot: number): void {
    const place = this.#slots[slot]!;
    place.occupant = undefined;
    place.vacatedAt = ++this.#vacations;
  }

  /**
   * A slot for a process; -1: there is none for it. Guests get the one that has been free longest, since a guest
   * that was thrown out may live on and still write into its old slot.
   */
  find(kind: Occupant["kind"]): number {
    const isFree = ({ occupant }: Slot) => occupant === undefined;
    if (kind !== "guest") return this.#slots.findIndex(isFree);
    const guests = this.#slots.filter(({ occupant }) => occupant?.kind === "guest").length;
    if (guests >= this.#guestsMax) return -1;
    let best = -1;
    this.#slots.forEach((slot, index) => {
      if (!isFree(slot)) return;
      if (best >= 0 && index === this.#last) return;
      if (best < 0 || slot.vacatedAt <= this.#slots[best]!.vacatedAt) best = index;
    });
    return best;
  }
}
