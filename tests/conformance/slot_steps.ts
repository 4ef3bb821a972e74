/**
 * Random steps on a slot: what may be done to it, by whom, and what comes of it in words that can be compared.
 *
 * @module
 */
import { KIND_MAX } from "../../limits.ts";
import fc from "fast-check";
import type { AnySlotEnd } from "../../shm/slot_end.ts";
import { SlotFault } from "../../shm/slot_fault.ts";
import { FLAGS_MASK, FrameOffset, paddedBytes } from "../../wire/frame.ts";
import { At, type SlotStand, spaceOf, wordAt, wordBytes } from "./slot_stand.ts";

/** Who acts: the ends of the present generation, the process before, the proxy's end before. */
const WHO = ["proxy", "process", "ghost", "closed"] as const;
export type Who = typeof WHO[number];

/** A frame to be written; sizes in parts of the largest frame, so that they suit every space. */
interface FramePlan {
  readonly length: number | "max" | "above" | "below";
  readonly kind: number;
  readonly flags: number;
  readonly reserved: number;
  readonly stream: number;
}

export interface Scatter {
  readonly type: "write";
  readonly who: Who;
  readonly frames: readonly FramePlan[];
  /** So many frames at the front are not written; 7: the start lies behind the end. */
  readonly skip: number;
  /** So many bytes at the back are not. */
  readonly cut: number;
}

/** One thing that is done to a slot. */
export type Step =
  | Scatter
  | { readonly type: "read" | "take"; who: Who; room: number }
  | { readonly type: "release"; who: Who; ahead: number }
  | { readonly type: "release all" | "unread" | "close"; who: Who }
  | { readonly type: "sleep"; who: Who; roomFor: number }
  | { readonly type: "poke word"; at: keyof typeof At; by: number; odd: boolean }
  | { readonly type: "poke header"; space: "proxy" | "process"; ahead: number; word: number }
  | { readonly type: "retire" | "attach" };

const who = fc.constantFrom<Who[]>(
  ...["proxy", "proxy", "proxy", "process", "process", "process", "ghost"] as const,
);
const anybody = fc.constantFrom<Who[]>(...WHO);
const mostly = <T>(usual: fc.Arbitrary<T>, odd: fc.Arbitrary<T>, share = 40) =>
  fc.oneof({ arbitrary: usual, weight: share }, { arbitrary: odd, weight: 1 });

const frame: fc.Arbitrary<FramePlan> = fc.record({
  length: fc.oneof(
    { arbitrary: fc.integer({ min: 16, max: 80 }) as fc.Arbitrary<FramePlan["length"]>, weight: 8 },
    { arbitrary: fc.integer({ min: 16, max: 1_024 }), weight: 8 },
    { arbitrary: fc.constant("max" as const), weight: 4 },
    { arbitrary: fc.constantFrom("above" as const, "below" as const), weight: 1 },
  ),
  kind: mostly(fc.integer({ min: 1, max: KIND_MAX }), fc.constantFrom(0, KIND_MAX + 1, 255)),
  flags: mostly(fc.nat(15), fc.constantFrom(16, 128, 255)),
  reserved: mostly(fc.constant(0), fc.constantFrom(1, 0xffff)),
  stream: fc.nat(0xffff_ffff),
});

/** Any step. */
export const step: fc.Arbitrary<Step> = fc.oneof(
  {
    arbitrary: fc.record({
      type: fc.constant("write" as const),
      who,
      frames: fc.array(frame, { minLength: 1, maxLength: 6 }),
      skip: mostly(fc.constant(0), fc.integer({ min: 1, max: 7 }), 8),
      cut: mostly(fc.constant(0), fc.constantFrom(1, 16, 17), 15),
    }),
    weight: 30,
  },
  {
    arbitrary: fc.record({
      type: fc.constantFrom("read" as const, "take" as const),
      who,
      room: mostly(fc.integer({ min: 0, max: 200 }), fc.constantFrom(-1, -16), 20),
    }),
    weight: 24,
  },
  {
    arbitrary: fc.record({
      type: fc.constant("release" as const),
      who,
      ahead: mostly(fc.nat(40).map((n) => 16 * n), fc.constantFrom(8, 1 << 20, 0xffff_fff0), 12),
    }),
    weight: 8,
  },
  { arbitrary: fc.record({ type: fc.constant("release all" as const), who }), weight: 6 },
  {
    arbitrary: fc.record({
      type: fc.constant("sleep" as const),
      who,
      roomFor: fc.constantFrom(0, 0, 16, 500, 1_024, 1 << 20),
    }),
    weight: 14,
  },
  { arbitrary: fc.record({ type: fc.constant("unread" as const), who }), weight: 5 },
  {
    arbitrary: fc.record({
      type: fc.constant("poke word" as const),
      at: fc.constantFrom(...Object.keys(At) as (keyof typeof At)[]),
      by: fc.oneof(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -300, max: 300 })),
      odd: fc.boolean(),
    }),
    weight: 2,
  },
  {
    arbitrary: fc.record({
      type: fc.constant("poke header" as const),
      space: fc.constantFrom("proxy" as const, "process" as const),
      ahead: fc.nat(3),
      word: fc.oneof(fc.nat(0xffff_ffff), fc.nat(0x3000), fc.constant(0)),
    }),
    weight: 2,
  },
  {
    arbitrary: fc.record({ type: fc.constantFrom("retire" as const, "attach" as const) }),
    weight: 4,
  },
  { arbitrary: fc.record({ type: fc.constant("close" as const), who: anybody }), weight: 1 },
  {
    arbitrary: fc.record({
      type: fc.constantFrom("unread" as const, "release all" as const),
      who: fc.constant("closed" as const),
    }),
    weight: 1,
  },
);

/** Steps that an honest side takes, with frames as they should be. */
export const honestStep: fc.Arbitrary<Step> = step
  .filter(({ type }) => !/poke|retire|attach|close/.test(type))
  .map((step) =>
    step.type === "write" ? { ...step, frames: step.frames.map(tame), skip: 0, cut: 0 } : step
  );

function tame({ length, kind, flags, stream }: FramePlan): FramePlan {
  return {
    length: length === "above" || length === "below" ? "max" : length,
    kind: kind % KIND_MAX + 1,
    flags: flags & FLAGS_MASK,
    reserved: 0,
    stream,
  };
}

/** Takes steps on one stand, and says what came of each. */
export class Player {
  /** The ends by who has them. */
  readonly ends = new Map<Who, AnySlotEnd>();
  readonly #closed = new Set<AnySlotEnd>();

  /** @param stand The slot. */
  constructor(readonly stand: SlotStand) {}

  /** The proxy's end, and a process's. */
  async begin(): Promise<void> {
    this.ends.set("proxy", this.stand.proxy);
    this.ends.set("process", await this.stand.attach());
  }

  /** Takes one step. */
  async take(step: Step): Promise<unknown> {
    const { stand } = this;
    switch (step.type) {
      case "retire":
        this.#become("closed", this.ends.get("proxy"));
        this.#closed.add(this.ends.get("proxy")!);
        this.#become("ghost", this.ends.get("process"));
        this.ends.delete("process");
        this.ends.set("proxy", stand.retire());
        return;
      case "attach":
        this.#become("ghost", this.ends.get("process"));
        this.ends.set("process", await stand.attach());
        return;
      case "poke word": {
        const before = wordAt(stand.memory(), At[step.at]);
        const to = step.at.endsWith("SLEEPING") ? step.by : before + (step.odd ? 1 : 16) * step.by;
        return stand.poke(At[step.at], wordBytes(to >>> 0));
      }
      case "poke header": {
        // At what the reader takes next, and a little ahead.
        const head = step.space === "proxy" ? At.OUTPUT_HEAD : At.INPUT_HEAD;
        const position = wordAt(stand.memory(), head) + 16 * (step.ahead >> 1);
        const at = position % stand.spaceBytes & ~15;
        return stand.poke(
          spaceOf(step.space, stand.spaceBytes) + at + 4 * (step.ahead & 1),
          wordBytes(step.word),
        );
      }
    }
    const end = this.ends.get(step.who);
    if (end === undefined) return "nobody";
    try {
      return this.#act(end, step);
    } catch (error) {
      if (error instanceof RangeError) return error.message;
      if (!(error instanceof SlotFault)) throw error;
      const { code, slot, fault, observed, wanted } = error;
      return { code, slot, fault, observed, wanted };
    }
  }

  /** What everybody sees without changing anything. */
  look(): unknown {
    return [...this.ends].map(([who, end]) => ({
      who,
      published: end.published(),
      consumed: end.consumed(),
      dropped: end.droppedFrames,
      modes: end.modes(),
      signals: this.#closed.has(end) ? "closed" : this.stand.signals(end),
      about: [end.side, end.index, end.generation, end.spaceBytes, end.maxFrameBytes],
    }));
  }

  #become(who: Who, end: AnySlotEnd | undefined): void {
    if (end !== undefined) this.ends.set(who, end);
  }

  #act(end: AnySlotEnd, step: Step & { who: Who }): unknown {
    switch (step.type) {
      case "write": {
        const frames = step.frames.map((plan) => bytesOf(plan, end.maxFrameBytes));
        const from = new Uint8Array(frames.reduce((sum, { length }) => sum + length, 0));
        let at = 0;
        for (const frame of frames) {
          from.set(frame, at);
          at += frame.length;
        }
        const start = frames.slice(0, step.skip).reduce((sum, { length }) => sum + length, 0);
        const wanted = step.skip === 7 ? start + 16 : start;
        try {
          return [end.write(from, wanted, Math.max(from.length - step.cut, 0)), from];
        } catch (error) {
          if (!(error instanceof SlotFault)) throw error;
          return [error.fault, error.observed, error.wanted, from];
        }
      }
      case "read":
      case "take": {
        const into = new Uint8Array(Math.ceil(end.maxFrameBytes * (1 + step.room / 64))).fill(0xee);
        const count = step.type === "read" ? end.read(into) : end.take(into);
        return [count, into.slice(0, count)];
      }
      case "release": {
        const head = end.side === "proxy" ? At.INPUT_HEAD : At.OUTPUT_HEAD;
        return end.release((wordAt(this.stand.memory(), head) + step.ahead) >>> 0);
      }
      case "release all":
        return end.releaseAll();
      case "unread":
        return end.unread();
      case "sleep":
        return end.prepareSleep(step.roomFor);
      case "close":
        end[Symbol.dispose]();
        this.#closed.add(end);
        return;
      default:
        throw new Error(`a step "${step.type}" of nobody`);
    }
  }
}

function bytesOf(plan: FramePlan, maxFrameBytes: number): Uint8Array {
  const length = plan.length === "max"
    ? maxFrameBytes
    : plan.length === "above"
    ? maxFrameBytes + 1
    : plan.length === "below"
    ? 15
    : Math.min(plan.length, maxFrameBytes);
  // Padding that is not zero: the reader zeroes it.
  const bytes = new Uint8Array(paddedBytes(length)).fill(plan.stream);
  const view = new DataView(bytes.buffer);
  view.setUint32(FrameOffset.LENGTH, length, true);
  view.setUint8(FrameOffset.KIND, plan.kind);
  view.setUint8(FrameOffset.FLAGS, plan.flags);
  view.setUint16(FrameOffset.RESERVED, plan.reserved, true);
  view.setUint32(FrameOffset.STREAM, plan.stream, true);
  view.setUint32(FrameOffset.GENERATION, plan.stream, true);
  return bytes;
}
