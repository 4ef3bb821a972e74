/**
 * What a server that lies makes of the bytes that it sends on a link: frames are changed, left out, repeated, sent
 * under another call's id, and invented.
 *
 * @module
 */
import { FRAME_HEADER_BYTES, FRAME_MAX_BYTES } from "../limits.ts";
import { FrameFlag, FrameKind, FrameOffset, paddedBytes } from "../wire/frame.ts";
import type { Dice } from "./dice.ts";
import type { LiesPlan } from "./scenario.ts";

/** What is invented: frames of calls above all, for the others end the link. */
const INVENTED: readonly number[] = [
  ...[FrameKind.REPLY, FrameKind.REPLY, FrameKind.END, FrameKind.ERROR, FrameKind.CANCEL],
  ...[FrameKind.REPLY_CREDIT, FrameKind.REQUEST_CREDIT, FrameKind.PING, FrameKind.PONG],
  ...[FrameKind.REQUEST, FrameKind.UPDATE, FrameKind.READY, 0],
];
const BODY_MAX_BYTES = 200;
/** Ids of calls that are remembered, to be used where they do not belong. */
const STREAMS_KEPT = 32;

/** A stream id counts, above its index, how often that was used. */
const INDEX_BITS = 20;
const INDICES_GUESSED = 8;

/** One direction of one connection, and what becomes of its frames. */
export class Liar {
  readonly #dice: Dice;
  readonly #plan: LiesPlan;
  readonly #now: () => number;
  /** The beginning of a frame whose end has not come. */
  #held = new Uint8Array(0);
  readonly #streams: number[] = [];

  /**
   * @param dice Its chance.
   * @param plan What it does.
   * @param now The world's time, in ms.
   */
  constructor(dice: Dice, plan: LiesPlan, now: () => number) {
    this.#dice = dice;
    this.#plan = plan;
    this.#now = now;
  }

  /** What arrives instead of these bytes. */
  tell(bytes: Uint8Array): Uint8Array {
    const all = joined([this.#held, bytes]);
    const view = new DataView(all.buffer);
    const told: Uint8Array[] = [];
    let at = 0;
    while (all.length - at >= FRAME_HEADER_BYTES) {
      const length = view.getUint32(at + FrameOffset.LENGTH, true);
      if (length < FRAME_HEADER_BYTES || length > FRAME_MAX_BYTES) break;
      const end = at + paddedBytes(length);
      if (end > all.length) break;
      told.push(...this.#frame(all.slice(at, end)));
      at = end;
    }
    this.#held = all.slice(at);
    return joined(told);
  }

  #frame(frame: Uint8Array<ArrayBuffer>): Uint8Array[] {
    const { every, ways, fromMs, untilMs = Infinity } = this.#plan;
    const nowMs = this.#now();
    const kind = frame[FrameOffset.KIND]!;
    const view = new DataView(frame.buffer);
    if (kind < FrameKind.HELLO) this.#remember(view.getUint32(FrameOffset.STREAM, true));
    // Who a server is, it says as it is: strangers on the port of links are there for the rest.
    if (kind === FrameKind.HELLO || kind === FrameKind.AUTH) return [frame];
    if (nowMs < fromMs || nowMs >= untilMs || this.#dice.below(every) > 0) return [frame];
    switch (this.#dice.pick(ways)) {
      case "flips":
        frame[this.#dice.below(frame.length)]! ^= 1 << this.#dice.below(8);
        return [frame];
      case "omits":
        return [];
      case "repeats":
        return [frame, frame];
      case "misdirects":
        if (kind < FrameKind.HELLO) view.setUint32(FrameOffset.STREAM, this.#stream(), true);
        return [frame];
      case "invents":
        return [frame, this.#invented()];
    }
  }

  #invented(): Uint8Array {
    const dice = this.#dice;
    const body = dice.bytes(
      dice.chance(0.5) ? [0, 4, 8][dice.below(3)]! : dice.below(BODY_MAX_BYTES),
    );
    const length = FRAME_HEADER_BYTES + body.length;
    const frame = new Uint8Array(paddedBytes(length));
    const view = new DataView(frame.buffer);
    view.setUint32(FrameOffset.LENGTH, length, true);
    frame[FrameOffset.KIND] = dice.pick(INVENTED);
    frame[FrameOffset.FLAGS] = dice.below(2 * FrameFlag.BYTES);
    view.setUint32(FrameOffset.STREAM, this.#stream(), true);
    frame.set(body, FrameOffset.BODY);
    return frame;
  }

  #stream(): number {
    if (this.#streams.length === 0) return 0;
    const stream = this.#dice.pick(this.#streams);
    if (this.#dice.chance(0.5)) return stream;
    // Ids are easily guessed: low indices, used about as often, are of calls that it has nothing to do with.
    const uses = (stream >>> INDEX_BITS) + this.#dice.below(3) - 1;
    return (uses << INDEX_BITS | this.#dice.below(INDICES_GUESSED)) >>> 0;
  }

  #remember(stream: number): void {
    this.#streams.push(stream);
    if (this.#streams.length > STREAMS_KEPT) this.#streams.shift();
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
