/**
 * One slot of a server, and who is in it.
 *
 * @module
 */
import { noTransition } from "../../transition.ts";
import type { ServiceInfo } from "../../wire/server_info.ts";
import type { SlotPort } from "./port.ts";

/**
 * State of a slot. Successors:
 *
 * ```text
 * free     → attached
 * attached → ready | draining | closing    (its process loads its modules)
 * ready    → draining | closing
 * draining → closing                       (its process finishes what it has)
 * closing  → free                          (its process is gone: what it said last is heard, its calls end)
 * ```
 */
export type SlotState = "free" | "attached" | "ready" | "draining" | "closing";

/** What is known of a process in a slot, whoever put it there. */
export interface Occupant {
  /** A worker of the server, by what it does, or a program that joined by itself. */
  readonly kind: "web" | "exec" | "guest";
}

/** A slot. `P`: what its owner knows of the process in it. */
export class Slot<P extends Occupant = Occupant> {
  /** From 0. */
  readonly index: number;
  /** The number of the vacation that left it free; 0: it was never used. */
  vacatedAt = 0;
  /** The number of its process's offer: later ones count. */
  offeredAt = 0;
  /** Its memory still has the generation of a process that is gone. */
  stale = false;
  #state: SlotState = "free";
  #occupant: P | undefined;
  #port: SlotPort | undefined;
  #offers: readonly ServiceInfo[] | undefined;

  /** @param index From 0. */
  constructor(index: number) {
    this.index = index;
  }

  /** See {@linkcode SlotState}. */
  get state(): SlotState {
    return this.#state;
  }

  /** The process in it; `undefined`: it is free. */
  get occupant(): P | undefined {
    return this.#occupant;
  }

  /** Where frames for its process go; `undefined`: nobody listens there (any more). */
  get port(): SlotPort | undefined {
    return this.#port;
  }

  /** The services that its process answers; `undefined`: it answers no calls. */
  get offers(): readonly ServiceInfo[] | undefined {
    return this.#offers;
  }

  /** A process gets the slot. free → attached. */
  attach(occupant: P): void {
    if (this.#state !== "free") throw this.#fault("attached");
    this.#state = "attached";
    this.#occupant = occupant;
  }

  /** The proxy listens to it. attached → attached. */
  open(port: SlotPort): void {
    if (this.#state !== "attached" || this.#port !== undefined) throw this.#fault("open");
    this.#port = port;
  }

  /** Its process works; `offers`: on calls of these services. attached → ready. */
  ready(offers?: readonly ServiceInfo[]): void {
    if (this.#state !== "attached") throw this.#fault("ready");
    this.#state = "ready";
    this.#offers = offers;
  }

  /** Its process gets nothing new. attached, ready, draining → draining. */
  drain(): void {
    if (this.#state === "free" || this.#state === "closing") throw this.#fault("draining");
    this.#state = "draining";
  }

  /** Its process is gone: nothing is sent there from now on. attached, ready, draining → closing. */
  close(): void {
    if (this.#state === "free" || this.#state === "closing") throw this.#fault("closing");
    this.#state = "closing";
    this.#port = undefined;
    this.#offers = undefined;
  }

  /** Nothing of its process is left. closing → free. */
  free(): void {
    if (this.#state !== "closing") throw this.#fault("free");
    this.#state = "free";
    this.#occupant = undefined;
  }

  #fault(to: string): Error {
    return noTransition(`slot ${this.index}`, this.#state, to);
  }
}
