/**
 * The state table of the marks, exhaustively, on real slots and on simulated ones: every sequence of write and read of both sides and of
 * their sleeps, compared with a model. (native/tests/state_table.rs does the same at a capacity of one frame, which
 * no power-of-two space has, and loom runs what happens inside the steps side by side.)
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { Wish } from "../../native/layout.ts";
import type { AnySlotEnd } from "../../shm/slot_end.ts";
import { makeFrame, send, streamsOf } from "./slot_fixture.ts";
import { type SlotStand, slotTest } from "./slot_stand.ts";

const STEPS = [
  "process writes",
  "proxy reads",
  "proxy writes",
  "process reads",
  "proxy sleeps",
  "process sleeps",
] as const;
type Step = typeof STEPS[number];

/** One side: what it can still read, what it wished for when it fell asleep, how often it was alerted. */
interface Side {
  readonly end: AnySlotEnd;
  readonly incoming: number[];
  /** Frames ever written for it. */
  written: number;
  wishes: number;
  alerts: number;
}

class Model {
  readonly proxy: Side;
  readonly process: Side;
  #next = 1;

  constructor(
    readonly stand: SlotStand,
    process: AnySlotEnd,
    readonly frameBytes: number,
    readonly capacity: number,
  ) {
    const side = (end: AnySlotEnd) => ({ end, incoming: [], written: 0, wishes: 0, alerts: 0 });
    this.proxy = side(stand.proxy);
    this.process = side(process);
  }

  take(step: Step): void {
    const [acting, other] = step.startsWith("proxy")
      ? [this.proxy, this.process]
      : [this.process, this.proxy];
    if (step.endsWith("writes")) this.#write(acting, other);
    else if (step.endsWith("reads")) this.#read(acting, other);
    else this.#sleep(acting, other);
    const shows = (side: Side, to: Side) => ({
      read: side.incoming.length > 0,
      write: this.#hasRoomForLargest(to),
    });
    assertEquals(this.proxy.end.modes(), {
      proxy: shows(this.proxy, this.process),
      process: shows(this.process, this.proxy),
    });
  }

  /** A mark is writable when a largest frame fits, also when it has to go around the end of the space. */
  #hasRoomForLargest(reader: Side): boolean {
    const { maxFrameBytes, spaceBytes } = reader.end;
    const toEnd = spaceBytes - (reader.written * this.frameBytes) % spaceBytes;
    const needed = maxFrameBytes <= toEnd ? maxFrameBytes : toEnd + maxFrameBytes;
    return needed <= spaceBytes - reader.incoming.length * this.frameBytes;
  }

  #alert(side: Side, wish: number): void {
    if ((side.wishes & wish) === 0) return;
    side.wishes = 0;
    side.alerts++;
  }

  #write(acting: Side, other: Side): void {
    const fits = other.incoming.length < this.capacity;
    assertEquals(send(acting.end, makeFrame(this.#next, this.frameBytes)), fits);
    if (!fits) return;
    other.incoming.push(this.#next++);
    other.written++;
    this.#alert(other, Wish.FRAMES);
  }

  /** Reads into the smallest buffer there may be: one largest frame. */
  #read(acting: Side, other: Side): void {
    const into = new Uint8Array(acting.end.maxFrameBytes);
    const expected = acting.incoming.splice(0, into.byteLength / this.frameBytes);
    assertEquals(streamsOf(into, acting.end.read(into)), expected);
    if (expected.length > 0) this.#alert(other, Wish.ROOM);
  }

  #sleep(acting: Side, other: Side): void {
    const room = other.incoming.length < this.capacity;
    const ready = (acting.incoming.length > 0 ? Wish.FRAMES : 0) | (room ? Wish.ROOM : 0);
    // Wishing for room makes sense only to a side that has none.
    const wishes = room ? Wish.FRAMES : Wish.FRAMES | Wish.ROOM;
    const seen = acting.end.prepareSleep(room ? 0 : this.frameBytes);
    assertEquals(seen, ready & wishes);
    acting.wishes = seen === 0 ? wishes : 0;
  }

  /** Compares the alerts and brings both spaces to a filling. */
  finish(prefill: readonly [number, number]): void {
    for (const { end, alerts } of [this.proxy, this.process]) {
      assertEquals(this.stand.signals(end), alerts);
    }
    while (this.proxy.incoming.length > prefill[0]) this.take("proxy reads");
    while (this.process.incoming.length > prefill[1]) this.take("process reads");
    while (this.proxy.incoming.length < prefill[0]) this.take("process writes");
    while (this.process.incoming.length < prefill[1]) this.take("proxy writes");
  }
}

/** Runs every sequence of `depth` steps after each way the spaces can be filled. */
async function everySequence(
  stand: SlotStand,
  frameBytes: number,
  capacity: number,
  depth: number,
): Promise<void> {
  const model = new Model(stand, await stand.attach(), frameBytes, capacity);
  const fillings = capacity + 1;
  for (let filling = 0; filling < fillings ** 2; filling++) {
    for (let sequence = 0; sequence < STEPS.length ** depth; sequence++) {
      model.finish([filling % fillings, Math.floor(filling / fillings)]);
      for (let place = 0, rest = sequence; place < depth; place++) {
        model.take(STEPS[rest % STEPS.length]!);
        rest = Math.floor(rest / STEPS.length);
      }
    }
  }
  model.finish([0, 0]);
}

slotTest(
  "the smallest space with largest frames obeys the state table in every sequence",
  async (stand) => {
    await everySequence(stand, 1024, 2, 4);
  },
);

slotTest("a space of four frames obeys the state table in every sequence", async (stand) => {
  await everySequence(stand, 512, 4, 3);
});
