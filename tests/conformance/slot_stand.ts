/**
 * A slot for tests with its ends in this process: a real one in shared memory, or one of the simulation.
 *
 * @module
 */
import {
  ControlOffset,
  INPUT_SPACE,
  outputSpace,
  slotOffset,
  slotStride,
} from "../../native/layout.ts";
import type { AnySlotEnd } from "../../shm/slot_end.ts";
import { Descriptors, Lifeline } from "../../simulation/descriptors.ts";
import { SimSegment } from "../../simulation/segment.ts";
import type { SimSlotEnd } from "../../simulation/slot_end.ts";
import { SlotFixture } from "./slot_fixture.ts";

/** Where something of a slot lies in its memory. */
export const At = {
  INPUT_TAIL: ControlOffset.INPUT_TAIL,
  INPUT_HEAD: ControlOffset.INPUT_HEAD,
  OUTPUT_TAIL: ControlOffset.OUTPUT_TAIL,
  OUTPUT_HEAD: ControlOffset.OUTPUT_HEAD,
  PROXY_SLEEPING: ControlOffset.PROXY_SLEEPING,
  PROCESS_SLEEPING: ControlOffset.PROCESS_SLEEPING,
} as const;

/** Both ends of one slot, and what a test does to it. */
export interface SlotStand extends AsyncDisposable {
  readonly spaceBytes: number;
  /** The proxy's end in the present generation. */
  readonly proxy: AnySlotEnd;
  /** A process's end in the present generation; it is closed with the stand. */
  attach(): Promise<AnySlotEnd>;
  /** Gives the slot another generation; ends of processes live on in the old one. */
  retire(): AnySlotEnd;
  /** A copy of the slot's whole memory. */
  memory(): Uint8Array;
  /** Writes into it behind everybody's back, as a hostile process can. */
  poke(at: number, bytes: Uint8Array): void;
  /** How often the mark of an end was signalled; nobody takes signals off it. */
  signals(end: AnySlotEnd): number;
  /** Waits until the proxy's side hears that the last process that was attached has left. */
  hungUp(): Promise<void>;
}

/** What kinds there are. */
export const STANDS = {
  real: (spaceBytes: number): SlotStand => new RealStand(spaceBytes),
  simulated: (spaceBytes: number): SlotStand => new SimulatedStand(spaceBytes),
} as const;

/** Four bytes of a word. */
export function wordBytes(value: number): Uint8Array {
  return new Uint8Array(new Uint32Array([value]).buffer);
}

/** A word of a slot's memory. */
export function wordAt(memory: Uint8Array, at: number): number {
  return new DataView(memory.buffer, memory.byteOffset).getUint32(at, true);
}

/** Offset of the space that a side writes. */
export function spaceOf(side: "proxy" | "process", spaceBytes: number): number {
  return side === "proxy" ? outputSpace(spaceBytes) : INPUT_SPACE;
}

/** Registers a test for the real slot and for the simulated one. */
export function slotTest(
  name: string,
  test: (stand: SlotStand) => Promise<void> | void,
  spaceBytes = 2_048,
): void {
  for (const [kind, open] of Object.entries(STANDS)) {
    Deno.test(`${kind} slot: ${name}`, async () => {
      await using stand = open(spaceBytes);
      await test(stand);
    });
  }
}

class RealStand implements SlotStand {
  readonly #fixture: SlotFixture;
  readonly #file: Deno.FsFile;
  readonly #base: number;

  constructor(readonly spaceBytes: number) {
    this.#fixture = new SlotFixture({ slots: 2, spaceBytes });
    this.#base = slotOffset(1, spaceBytes);
    this.#file = Deno.openSync(this.#fixture.segment.path, { read: true, write: true });
  }

  get proxy(): AnySlotEnd {
    return this.#fixture.segment.slot(1);
  }

  async attach(): Promise<AnySlotEnd> {
    return (await this.#fixture.attach(1)).end;
  }

  retire(): AnySlotEnd {
    return this.#fixture.segment.retire(1);
  }

  memory(): Uint8Array {
    const into = new Uint8Array(slotStride(this.spaceBytes));
    this.#file.seekSync(this.#base, Deno.SeekMode.Start);
    for (let at = 0; at < into.length;) at += this.#file.readSync(into.subarray(at))!;
    return into;
  }

  poke(at: number, bytes: Uint8Array): void {
    this.#file.seekSync(this.#base + at, Deno.SeekMode.Start);
    this.#file.writeSync(bytes);
  }

  signals(end: AnySlotEnd): number {
    const info = Deno.readTextFileSync(`/proc/self/fdinfo/${end.eventFd}`);
    return parseInt(/eventfd-count:\s*([0-9a-f]+)/.exec(info)?.[1] ?? "", 16);
  }

  async hungUp(): Promise<void> {
    await this.#fixture.nextEvent("hangup");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#file.close();
    await this.#fixture[Symbol.asyncDispose]();
  }
}

class SimulatedStand implements SlotStand {
  readonly #segment: SimSegment;
  #lifeline: Lifeline | undefined;

  constructor(readonly spaceBytes: number) {
    this.#segment = new SimSegment(2, spaceBytes, new Descriptors());
  }

  get proxy(): AnySlotEnd {
    return this.#segment.slot(1);
  }

  attach(): Promise<AnySlotEnd> {
    this.#lifeline = new Lifeline();
    return Promise.resolve(this.#segment.attach(1, this.#lifeline));
  }

  retire(): AnySlotEnd {
    return this.#segment.retire(1);
  }

  memory(): Uint8Array {
    return this.#segment.memories[1]!.bytes.slice();
  }

  poke(at: number, bytes: Uint8Array): void {
    this.#segment.memories[1]!.bytes.set(bytes, at);
  }

  signals(end: AnySlotEnd): number {
    return (end as SimSlotEnd).mark.signals;
  }

  hungUp(): Promise<void> {
    if (!this.#lifeline!.ended) throw new Error("the life line has not ended");
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}
