/**
 * A stand-in for one end of a slot: what native/src/space.rs, frames.rs and slot.rs do, on memory of this process.
 * tests/conformance/ holds both to the same behaviour.
 *
 * @module
 */
import { FRAME_HEADER_BYTES, frameMaxBytes } from "../limits.ts";
import type { FaultName } from "../native/fault.ts";
import { Wish } from "../native/layout.ts";
import type { AnySlotEnd, MarkModes } from "../shm/slot_end.ts";
import { SlotFault } from "../shm/slot_fault.ts";
import { FrameOffset, paddedBytes } from "../wire/frame.ts";
import { FrameTaker } from "./frame_taker.ts";
import type { SlotCosts } from "./slot_costs.ts";
import type { SimMark, SimSpace, SlotMemory } from "./slot_memory.ts";

/** What an end belongs to. */
export interface EndParts {
  readonly side: "proxy" | "process";
  readonly index: number;
  readonly memory: SlotMemory;
  /** The number by which a device knows the mark of this side. */
  readonly eventFd: number;
  /** The number by which a device knows the life line; -1: none. */
  readonly lifeline: number;
  /** Where it counts what its use costs. */
  readonly costs: SlotCosts;
  /** Called before each step: whoever takes it may die there. */
  readonly onStep?: ((step: string) => void) | undefined;
  /** Whether whoever has this side has died: then nothing is published any more. */
  readonly isDead?: (() => boolean) | undefined;
  /** Sees what this side publishes, and how many bytes waited for that; the bytes hold until it returns. */
  readonly onPublish?: ((bytes: Uint8Array, waitingBytes: number) => void) | undefined;
  /** Called once when it is closed. */
  readonly onClose?: (() => void) | undefined;
}

/** One side's view of a slot's memory: reads, writes, sleeps, and wakes the other side. */
export class SimSlotEnd implements AnySlotEnd {
  readonly side: "proxy" | "process";
  readonly index: number;
  readonly generation: number;
  readonly spaceBytes: number;
  readonly maxFrameBytes: number;
  readonly eventFd: number;
  readonly lifeline: number;
  readonly #parts: EndParts;
  readonly #costs: SlotCosts;
  readonly #memory: SlotMemory;
  readonly #incoming: SimSpace;
  readonly #outgoing: SimSpace;
  readonly #ownMark: SimMark;
  readonly #peerMark: SimMark;
  readonly #taker: FrameTaker;
  /** Up to here this side has published. */
  #tail = 0;
  #closed = false;

  /** @param parts See {@linkcode EndParts}. */
  constructor(parts: EndParts) {
    const { side, memory } = parts;
    this.#parts = parts;
    this.#costs = parts.costs;
    this.#memory = memory;
    this.side = side;
    this.index = parts.index;
    this.generation = memory.generation;
    this.spaceBytes = memory.spaceBytes;
    this.maxFrameBytes = frameMaxBytes(memory.spaceBytes);
    this.eventFd = parts.eventFd;
    this.lifeline = parts.lifeline;
    const proxy = side === "proxy";
    this.#incoming = proxy ? memory.input : memory.output;
    this.#outgoing = proxy ? memory.output : memory.input;
    this.#ownMark = proxy ? memory.marks.proxy : memory.marks.process;
    this.#peerMark = proxy ? memory.marks.process : memory.marks.proxy;
    this.#taker = this.#takerFrom(this.#incoming, 0);
  }

  read(into: Uint8Array): number {
    this.#step("read");
    const copied = this.#taker.take(into);
    if (this.#taker.releaseAll()) this.#wakePeer(Wish.ROOM);
    return copied;
  }

  take(into: Uint8Array): number {
    this.#step("take");
    return this.#taker.take(into);
  }

  release(position: number): void {
    this.#step("release");
    this.#taker.release(position);
    this.#wakePeer(Wish.ROOM);
  }

  releaseAll(): number {
    if (this.#closed) return 0;
    this.#step("release all");
    this.#taker.releaseAll();
    this.#wakePeer(Wish.ROOM);
    return this.#taker.head;
  }

  nextPosition(position: number, bytes: number): number {
    const toEnd = this.#toEnd(position);
    return (position + (bytes > toEnd ? toEnd : 0) + bytes) >>> 0;
  }

  write(from: Uint8Array, start: number, end: number): number {
    if (end > from.byteLength) {
      throw new RangeError(`write up to ${end} of ${from.byteLength} bytes`);
    }
    this.#step("write");
    if (start > end) throw this.#fault("ARGUMENT", start, end);
    if (this.#parts.isDead?.()) return end - start;
    const space = this.#outgoing;
    let free = this.spaceBytes - this.#distance(this.#tail, space.head);
    let tail = this.#tail;
    let at = start;
    while (at < end) {
      const toEnd = this.#toEnd(tail);
      const run = this.#markRun(from.subarray(at, end), Math.min(toEnd, free));
      if (run.bytes > 0) {
        space.bytes.set(from.subarray(at, at + run.bytes), this.#at(tail));
        tail = (tail + run.bytes) >>> 0;
        free -= run.bytes;
        at += run.bytes;
      } else if (toEnd < run.next && toEnd + run.next <= free) {
        const to = this.#at(tail);
        space.bytes.fill(0, to, to + FRAME_HEADER_BYTES);
        space.words[to >> 2] = toEnd;
        tail = (tail + toEnd) >>> 0;
        free -= toEnd;
      } else break; // full
    }
    if (tail !== this.#tail) {
      this.#tail = tail;
      space.tail = tail;
    }
    if (end > start) this.#parts.onPublish?.(from.subarray(start, at), end - start);
    this.#parts.onStep?.("scattered");
    if (at > start) this.#wakePeer(Wish.FRAMES);
    return at - start;
  }

  prepareSleep(roomFor: number): number {
    this.#step("sleep");
    const wishes = Wish.FRAMES | (roomFor > 0 ? Wish.ROOM : 0);
    this.#memory.setSleeping(this.side, wishes);
    try {
      let ready = 0;
      if (this.#distance(this.#incoming.tail, this.#taker.head) > 0) ready |= Wish.FRAMES;
      if (roomFor > 0 && this.#hasRoom(roomFor)) ready |= Wish.ROOM;
      if (ready !== 0) this.#memory.setSleeping(this.side, 0);
      return ready;
    } catch (error) {
      this.#memory.setSleeping(this.side, 0);
      throw error;
    }
  }

  published(): number {
    this.#costs.nativeCalls++;
    return this.#closed ? 0 : this.#tail;
  }

  consumed(): number {
    this.#costs.nativeCalls++;
    return this.#closed ? 0 : this.#outgoing.head;
  }

  unread(): Uint8Array<ArrayBuffer> {
    this.#costs.nativeCalls++;
    if (this.#closed) throw this.#fault("CLOSED", 0, 0);
    const into = new Uint8Array(this.spaceBytes);
    const { head } = this.#outgoing;
    const looker = this.#takerFrom(this.#outgoing, head, this.#tail);
    return into.subarray(0, looker.take(into));
  }

  get droppedFrames(): number {
    this.#costs.nativeCalls++;
    return this.#closed ? 0 : this.#taker.dropped;
  }

  modes(): { proxy: MarkModes; process: MarkModes } {
    this.#costs.nativeCalls++;
    const { input, output } = this.#memory;
    const nothing = { frames: false, room: false };
    const [toProxy, toProcess] = this.#closed
      ? [nothing, nothing]
      : [this.#look(input), this.#look(output)];
    return {
      proxy: { read: toProxy.frames, write: toProcess.room },
      process: { read: toProcess.frames, write: toProxy.room },
    };
  }

  /** The mark on which this side waits. */
  get mark(): SimMark {
    return this.#ownMark;
  }

  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#parts.onClose?.();
  }

  #takerFrom(space: SimSpace, head: number, tail?: number): FrameTaker {
    return new FrameTaker({
      space,
      frameMax: this.maxFrameBytes,
      generation: this.generation,
      tail: () => tail ?? space.tail,
      fault: (kind, observed, wanted) => this.#fault(kind, observed, wanted),
    }, head);
  }

  /** Sets the generation of whole frames up to `room` bytes; `next`: the size of the first that does not fit. */
  #markRun(from: Uint8Array, room: number): { bytes: number; next: number } {
    const view = new DataView(from.buffer, from.byteOffset, from.byteLength);
    let bytes = 0;
    while (bytes < from.length) {
      const rest = from.length - bytes;
      const length = rest < FRAME_HEADER_BYTES ? 0 : view.getUint32(bytes, true);
      const next = paddedBytes(length);
      if (length < FRAME_HEADER_BYTES || length > this.maxFrameBytes || next > rest) {
        throw this.#fault("OUTGOING_FRAME", length, this.maxFrameBytes);
      }
      if (bytes + next > room) return { bytes, next };
      view.setUint32(bytes + FrameOffset.GENERATION, this.generation, true);
      this.#costs.frames++;
      bytes += next;
    }
    return { bytes, next: 0 };
  }

  #step(step: string): void {
    this.#costs.nativeCalls++;
    if (this.#closed) throw this.#fault("CLOSED", 0, 0);
    this.#parts.onStep?.(step);
  }

  #wakePeer(wish: number): void {
    const peer = this.side === "proxy" ? "process" : "proxy";
    if ((this.#memory.sleeping(peer) & wish) === 0) return;
    this.#memory.setSleeping(peer, 0);
    this.#costs.signals++;
    this.#peerMark.signal();
  }

  #hasRoom(frameBytes: number): boolean {
    const bytes = paddedBytes(Math.min(frameBytes, this.maxFrameBytes));
    const free = this.spaceBytes - this.#distance(this.#tail, this.#outgoing.head);
    return this.#needed(this.#tail, bytes) <= free;
  }

  #look(space: SimSpace): { frames: boolean; room: boolean } {
    const used = (space.tail - space.head) >>> 0;
    if (used > this.spaceBytes || used % FRAME_HEADER_BYTES !== 0) {
      return { frames: false, room: false };
    }
    const needed = this.#needed(space.tail, this.maxFrameBytes);
    return { frames: used > 0, room: needed <= this.spaceBytes - used };
  }

  #at(position: number): number {
    return position & (this.spaceBytes - 1);
  }

  #toEnd(position: number): number {
    return this.spaceBytes - this.#at(position);
  }

  #needed(tail: number, bytes: number): number {
    const toEnd = this.#toEnd(tail);
    return bytes <= toEnd ? bytes : toEnd + bytes;
  }

  #distance(tail: number, head: number): number {
    const distance = (tail - head) >>> 0;
    if (distance > this.spaceBytes || distance % FRAME_HEADER_BYTES !== 0) {
      throw this.#fault("CONTROL_WORDS", distance, this.spaceBytes);
    }
    return distance;
  }

  #fault(fault: FaultName, observed: number, wanted: number): SlotFault {
    const text = `${fault}: saw ${observed}, wanted ${wanted}` +
      (fault === "CLOSED" ? " (closed)" : "");
    return new SlotFault(this.index, { fault, observed, wanted, text });
  }
}
