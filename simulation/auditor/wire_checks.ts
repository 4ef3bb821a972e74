/**
 * What travels on links: whole frames, each of a call that is under way, and no byte beyond credit.
 *
 * The numbers are those of docs/wire_protocol.md, written down again: a fault in the code's own must not blind
 * the one who looks for it.
 *
 * @module
 */
import type { Check, Observation } from "./observation.ts";

const REQUEST = 1, REPLY = 2, END = 3, ERROR = 4, CANCEL = 5, REPLY_CREDIT = 6, REQUEST_CREDIT = 7;
const FIRST = 1, LAST = 2, LAST_MESSAGE = 4;
const HEADER_BYTES = 16;
/** A header, and the body of a frame of credit with its padding. */
const LOOKED_AT_BYTES = 32;
const FRAME_MAX_BYTES = 65_536;
const WINDOW_BYTES = 262_144;
/** Control frames of a link are 16 and higher. */
const CONTROL = 16;

/** One call as it travels, by who asked. */
interface Travelling {
  requestCredit: number;
  replyCredit: number;
  /** Whether the last fragment of the request has passed. */
  asked: boolean;
  inReply: boolean;
}

/** One direction of a connection. */
interface Direction {
  /** The beginning of the frame that is arriving; of its rest only the length matters. */
  readonly view: DataView<ArrayBuffer>;
  /** Bytes of it that are there, and how many are waited for. */
  taken: number;
  wanted: number;
  /** Bytes of a judged frame that still come. */
  skip: number;
  /** Calls whose requests travel in this direction, by stream. */
  readonly calls: Map<number, Travelling>;
  broken: boolean;
}

/** See the module's description. */
export class WireCheck implements Check {
  /** By number of the connection, then by who sends. */
  readonly #directions = new Map<number, Map<string, Direction>>();
  readonly #faults: string[] = [];

  see(observation: Observation): void {
    if (observation.type !== "bytes") return;
    const { wire, from, to, bytes, ms } = observation;
    const there = this.#direction(wire, from);
    const back = this.#direction(wire, to);
    if (there.broken) return;
    for (let at = 0; at < bytes.length;) {
      if (there.skip > 0) {
        const skipped = Math.min(there.skip, bytes.length - at);
        there.skip -= skipped;
        at += skipped;
        continue;
      }
      at += take(there, bytes, at);
      const fault = this.#look(there, back);
      if (fault !== undefined) this.#fault(ms, from, to, fault);
      if (there.broken) return;
    }
  }

  faults(): string[] {
    return this.#faults;
  }

  /** Judges a frame as soon as all that is looked at is there, and lets the rest of it pass. */
  #look(there: Direction, back: Direction): string | undefined {
    if (there.taken < HEADER_BYTES) return undefined;
    const length = there.view.getUint32(0, true);
    if (length < HEADER_BYTES || length > FRAME_MAX_BYTES) {
      there.broken = true;
      return `a frame of ${length} bytes`;
    }
    const padded = (length + 15) & ~15;
    there.wanted = Math.min(padded, LOOKED_AT_BYTES);
    if (there.taken < there.wanted) return undefined;
    there.skip = padded - there.taken;
    there.taken = 0;
    there.wanted = HEADER_BYTES;
    return this.#frame(there, back, length);
  }

  #frame(there: Direction, back: Direction, length: number): string | undefined {
    const { view } = there;
    const kind = view.getUint8(4);
    if (kind >= CONTROL) return undefined;
    const flags = view.getUint8(5);
    const stream = view.getUint32(8, true);
    const body = length - HEADER_BYTES;
    const said = `kind ${kind} of stream ${stream}`;
    if (kind === REQUEST) {
      let call = there.calls.get(stream);
      if (flags & FIRST) {
        call = {
          requestCredit: WINDOW_BYTES,
          replyCredit: WINDOW_BYTES,
          asked: false,
          inReply: false,
        };
        there.calls.set(stream, call);
      } else if (call === undefined) return undefined; // its error is under way
      if (call.asked) return `${said}: more of a request that was whole`;
      if (call.requestCredit <= 0) return `${said}: beyond its credit`;
      call.requestCredit -= body;
      call.asked = (flags & LAST) !== 0;
      return undefined;
    }
    if (kind === CANCEL) return undefined;
    if (kind === REPLY_CREDIT) {
      if (body !== 4) return `${said}: credit of ${body} bytes`;
      const call = there.calls.get(stream);
      if (call !== undefined) call.replyCredit += view.getUint32(HEADER_BYTES, true);
      return undefined;
    }
    const call = back.calls.get(stream);
    if (call === undefined) return `${said}: for no call that is under way`;
    switch (kind) {
      case REQUEST_CREDIT:
        if (body !== 4) return `${said}: credit of ${body} bytes`;
        call.requestCredit += view.getUint32(HEADER_BYTES, true);
        return undefined;
      case REPLY:
        if (!call.asked) return `${said}: a reply before the request was whole`;
        if (call.replyCredit <= 0) return `${said}: beyond its credit`;
        call.replyCredit -= body;
        if (((flags & FIRST) !== 0) === call.inReply) return `${said}: a fragment out of turn`;
        call.inReply = (flags & LAST) === 0;
        if ((flags & LAST) && (flags & LAST_MESSAGE)) back.calls.delete(stream);
        return undefined;
      case END:
        if (call.inReply) return `${said}: an end within a message`;
        back.calls.delete(stream);
        return undefined;
      case ERROR:
        if (flags & LAST) back.calls.delete(stream);
        return undefined;
      default:
        return `${said}: not for a link`;
    }
  }

  #direction(wire: number, from: string): Direction {
    let both = this.#directions.get(wire);
    if (both === undefined) this.#directions.set(wire, both = new Map());
    let direction = both.get(from);
    if (direction === undefined) {
      direction = {
        view: new DataView(new ArrayBuffer(LOOKED_AT_BYTES)),
        taken: 0,
        wanted: HEADER_BYTES,
        skip: 0,
        calls: new Map(),
        broken: false,
      };
      both.set(from, direction);
    }
    return direction;
  }

  #fault(ms: number, from: string, to: string, fault: string): void {
    this.#faults.push(`at ${ms.toFixed(1)}, from ${from} to ${to}: ${fault}`);
  }
}

/** Takes bytes of a frame's beginning; returns how many. */
function take(direction: Direction, bytes: Uint8Array, at: number): number {
  const count = Math.min(direction.wanted - direction.taken, bytes.length - at);
  for (let i = 0; i < count; i++) direction.view.setUint8(direction.taken++, bytes[at + i]!);
  return count;
}
