/**
 * The slots of a simulated server.
 *
 * @module
 */
import type { Slots } from "../proxy/slot/slot_keeper.ts";
import type { Descriptors, Lifeline } from "./descriptors.ts";
import { SlotCosts } from "./slot_costs.ts";
import { SimSlotEnd } from "./slot_end.ts";
import { SlotMemory } from "./slot_memory.ts";

/** What was published. */
export interface Published {
  readonly side: "proxy" | "process";
  readonly index: number;
  readonly generation: number;
  /** They hold until it was seen. */
  readonly bytes: Uint8Array;
  /** Bytes that waited to be published, these included. */
  readonly waitingBytes: number;
}

/** Makes slots, and gives a slot a new generation when its process is gone. */
export class SimSegment implements Slots {
  /** The memory of each slot. */
  readonly memories: readonly SlotMemory[];
  /** What their use has cost each side. */
  readonly costs = { proxy: new SlotCosts(), process: new SlotCosts() };
  /** Sees what is published in a slot, by which side. */
  onPublish: ((published: Published) => void) | undefined;
  /** Whether its proxy has died: what a promise of it still writes does not arrive. */
  isDead: () => boolean = () => false;
  readonly #descriptors: Descriptors;
  readonly #ends: SimSlotEnd[];

  /**
   * @param slots How many there are.
   * @param spaceBytes Bytes of each space.
   * @param descriptors Numbers for marks.
   */
  constructor(slots: number, spaceBytes: number, descriptors: Descriptors) {
    this.#descriptors = descriptors;
    this.memories = Array.from({ length: slots }, () => new SlotMemory(spaceBytes));
    this.#ends = this.memories.map((_, index) => this.#open(index));
  }

  slot(index: number): SimSlotEnd {
    const end = this.#ends[index];
    if (end === undefined) throw new RangeError(`slot ${index} of ${this.#ends.length}`);
    return end;
  }

  retire(index: number): SimSlotEnd {
    const old = this.slot(index);
    this.memories[index]!.retire();
    old[Symbol.dispose]();
    return this.#ends[index] = this.#open(index);
  }

  /**
   * The process's end of a slot in its present generation.
   *
   * @param index Of the slot.
   * @param lifeline The process's connection with the proxy.
   * @param onStep Called before each of its steps.
   */
  attach(index: number, lifeline: Lifeline, onStep?: (step: string) => void): SimSlotEnd {
    const memory = this.memories[index]!;
    const eventFd = this.#descriptors.addMark(memory.marks.process);
    const fd = this.#descriptors.addLifeline(lifeline);
    return new SimSlotEnd({
      side: "process",
      index,
      memory,
      eventFd,
      lifeline: fd,
      costs: this.costs.process,
      onStep,
      onPublish: this.#published("process", index, memory.generation),
      onClose: () => {
        this.#descriptors.close(eventFd);
        this.#descriptors.close(fd);
        lifeline.end();
      },
    });
  }

  #open(index: number): SimSlotEnd {
    const memory = this.memories[index]!;
    const eventFd = this.#descriptors.addMark(memory.marks.proxy);
    const onClose = () => this.#descriptors.close(eventFd);
    const onPublish = this.#published("proxy", index, memory.generation);
    return new SimSlotEnd({
      side: "proxy",
      index,
      memory,
      eventFd,
      lifeline: -1,
      costs: this.costs.proxy,
      onPublish,
      onClose,
      isDead: () => this.isDead(),
    });
  }

  #published(side: "proxy" | "process", index: number, generation: number) {
    return (bytes: Uint8Array, waitingBytes: number) =>
      this.onPublish?.({ side, index, generation, bytes, waitingBytes });
  }
}
