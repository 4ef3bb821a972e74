/**
 * The slots of a server: the one record of who is where. The proxy, the pool of workers, and the status ask here.
 *
 * @module
 */
import type { ServiceInfo } from "../../wire/server_info.ts";
import { type Occupant, Slot } from "./slot.ts";

/** All slots, and which of them the next process gets. */
export class SlotTable<P extends Occupant = Occupant> {
  readonly #slots: readonly Slot<P>[];
  readonly #guestsMax: number;
  #vacations = 0;
  #offers = 0;

  /**
   * @param slots How many there are; one that is there for successors is the last.
   * @param guestsMax How many of them guests may have: the others are for workers, and for a successor of one.
   */
  constructor(slots: number, guestsMax: number) {
    this.#slots = Array.from({ length: slots }, (_, index) => new Slot<P>(index));
    this.#guestsMax = guestsMax;
  }

  /** Slots in which nobody is. */
  get freeSlots(): number {
    return this.#slots.filter(({ state }) => state === "free").length;
  }

  /** All of them, by index. */
  [Symbol.iterator](): Iterator<Slot<P>> {
    return this.#slots[Symbol.iterator]();
  }

  /**
   * A slot.
   *
   * @throws {RangeError} When there is none of this index.
   */
  at(index: number): Slot<P> {
    const slot = this.#slots[index];
    if (slot === undefined) throw new RangeError(`there is no slot ${index}`);
    return slot;
  }

  /** The slot of the process that `is` tells; `undefined`: it has none. */
  slotOf(is: (occupant: P) => boolean): Slot<P> | undefined {
    return this.#slots.find(({ occupant }) => occupant !== undefined && is(occupant));
  }

  /**
   * A slot for a process; `undefined`: there is none for it. Guests get the one that has been free longest, since a
   * guest that was thrown out may live on and still write into its old slot.
   */
  find(kind: Occupant["kind"]): Slot<P> | undefined {
    const free = this.#slots.filter(({ state }) => state === "free");
    if (kind !== "guest") return free[0];
    const guests = this.#slots.filter(({ occupant }) => occupant?.kind === "guest").length;
    if (guests >= this.#guestsMax) return undefined;
    const last = this.#slots.length - 1;
    let best: Slot<P> | undefined;
    for (const slot of free) {
      if (best === undefined) best = slot;
      else if (slot.index !== last && slot.vacatedAt <= best.vacatedAt) best = slot;
    }
    return best;
  }

  /** What the processes offer together: where two offer the same, it is as the later one says. */
  offered(): readonly ServiceInfo[] {
    const offering = this.#slots.filter(({ offers }) => offers !== undefined)
      .sort((a, b) => a.offeredAt - b.offeredAt);
    const byName = new Map<string, ServiceInfo>();
    for (const { offers = [] } of offering) {
      for (const offer of offers) byName.set(offer.name, offer);
    }
    return [...byName.values()];
  }

  /** The process of a slot works; `offers`: on calls of these services. */
  ready(slot: Slot<P>, offers?: readonly ServiceInfo[]): void {
    slot.ready(offers);
    slot.offeredAt = ++this.#offers;
  }

  /** The process of a slot has gone, and nothing of it is left. */
  vacate(slot: Slot<P>): void {
    slot.free();
    slot.vacatedAt = ++this.#vacations;
  }
}
