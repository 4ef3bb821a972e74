/**
 * A mark device for tests, with marks and connections that it can watch: a real one, or one of the simulation.
 *
 * @module
 */
import type { MarkDevice } from "../../markdev/mark_device.ts";
import { openMarkDevice } from "../../markdev/open_mark_device.ts";
import { native } from "../../native/ffi.ts";
import { Descriptors, Lifeline } from "../../simulation/descriptors.ts";
import { SimDevice } from "../../simulation/device.ts";
import { Dice } from "../../simulation/dice.ts";
import { Machine, SimProcess } from "../../simulation/process.ts";
import { SimMark } from "../../simulation/slot_memory.ts";
import { World } from "../../simulation/world.ts";
import { GUARD_MS, within } from "./slot_fixture.ts";

native();

/** A mark. */
export interface StandMark {
  readonly fd: number;
  signal(): void;
  /** Closes the watching side's descriptor. */
  close(): void;
}

/** A connection on which nothing is said. */
export interface StandConnection {
  readonly fd: number;
  /** The other side is gone. */
  end(): void;
}

/** Makes marks and connections for one device, and disposes of all of them. */
export interface MarkStand extends AsyncDisposable {
  readonly device: MarkDevice;
  mark(): StandMark;
  connection(): StandConnection;
  /** Waits until something has been heard. */
  until(condition: () => boolean): Promise<void>;
  /** Waits long enough that what has not been heard will not be. */
  settle(): Promise<void>;
}

/** What kinds there are. */
export const MARK_STANDS = {
  reactor: () => RealMarks.open("reactor"),
  epoll: () => RealMarks.open("epoll"),
  simulated: () => Promise.resolve(new SimulatedMarks()),
} as const satisfies Record<string, () => Promise<MarkStand>>;

/** Registers a test for every mark device. */
export function markTest(name: string, test: (stand: MarkStand) => Promise<void> | void): void {
  for (const [kind, open] of Object.entries(MARK_STANDS)) {
    Deno.test(`${kind} marks: ${name}`, async () => {
      await using stand: MarkStand = await open();
      await test(stand);
    });
  }
}

/** Alerts one after the other, for each of which the event loop has to look at everything. */
const ROUNDS = 4;

class RealMarks implements MarkStand {
  readonly #open = new Set<number>();
  #other: MarkDevice | undefined;

  constructor(readonly device: MarkDevice) {}

  static async open(mechanism: MarkDevice["mechanism"]): Promise<RealMarks> {
    const device = await openMarkDevice(mechanism);
    if (device.mechanism !== mechanism) throw new Error(`${device.fallbackReason}`);
    return new RealMarks(device);
  }

  mark(): StandMark {
    const fd = native().mesh_mark_open();
    this.#open.add(fd);
    return {
      fd,
      signal: () => void native().mesh_mark_signal(fd),
      close: () => this.#close(fd),
    };
  }

  connection(): StandConnection {
    const pair = new Uint32Array(2);
    native().mesh_socket_pair(new Uint8Array(pair.buffer), pair.byteLength);
    const [fd, theirs] = [pair[0]!, pair[1]!];
    for (const one of [fd, theirs]) this.#open.add(one);
    return { fd, end: () => this.#close(theirs) };
  }

  async until(condition: () => boolean): Promise<void> {
    const guardMs = performance.now() + GUARD_MS;
    while (!condition()) {
      if (performance.now() > guardMs) throw new Error("it was not heard");
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  async settle(): Promise<void> {
    const mark = this.mark();
    let rounds = 0;
    const { promise, resolve } = Promise.withResolvers<void>();
    using _watch = (await this.#working()).watch(mark.fd, () => {
      if (++rounds === ROUNDS) resolve();
      else mark.signal();
    });
    mark.signal();
    await within(promise, "the alerts");
    mark.close();
  }

  /** The device, or another one if a test has disposed of it. */
  async #working(): Promise<MarkDevice> {
    if (this.#other !== undefined) return this.#other;
    const mark = this.mark();
    try {
      this.device.watch(mark.fd, () => {})[Symbol.dispose]();
      return this.device;
    } catch {
      return this.#other = await openMarkDevice(this.device.mechanism);
    } finally {
      mark.close();
    }
  }

  #close(fd: number): void {
    if (this.#open.delete(fd)) native().mesh_fd_close(fd);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const fd of this.#open) this.#close(fd);
    await this.#other?.[Symbol.asyncDispose]();
    await this.device[Symbol.asyncDispose]();
  }
}

class SimulatedMarks implements MarkStand {
  readonly device: MarkDevice;
  readonly #world = new World();
  readonly #descriptors = new Descriptors();

  constructor() {
    const process = new SimProcess("a process", new Machine(this.#world, 0), new Dice(7));
    this.device = new SimDevice(process, this.#descriptors);
  }

  mark(): StandMark {
    const mark = new SimMark();
    const fd = this.#descriptors.addMark(mark);
    return { fd, signal: () => mark.signal(), close: () => this.#descriptors.close(fd) };
  }

  connection(): StandConnection {
    const lifeline = new Lifeline();
    return { fd: this.#descriptors.addLifeline(lifeline), end: () => lifeline.end() };
  }

  async until(condition: () => boolean): Promise<void> {
    for (let ms = 0; !condition(); ms++) {
      if (ms > GUARD_MS) throw new Error("it was not heard");
      await this.#world.run(this.#world.nowMs + 1);
    }
  }

  settle(): Promise<void> {
    return this.#world.run(this.#world.nowMs + 10);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.device[Symbol.asyncDispose]();
  }
}
