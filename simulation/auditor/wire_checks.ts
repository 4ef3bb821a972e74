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
  rest: Uint8Array;
  /** Calls whose requests travel in this direction, by stream. */
  readonly calls: Map<number, Travelling>;
  broken: boolean;
}

/** See the module's description. */
export class WireCheck implements Check {
  readonly #directions = new Map<string, Direction>();
  readonly #faults: string[] = [];

  see(observation: Observation): void {
    if (observation.type !== "bytes") return;
    const { wire, from, to, bytes, ms } = observation;
    const there = this.#direction(`${wire} ${from} ${to}`);
    const back = this.#direction(`${wire} ${to} ${from}`);
    if (there.broken) return;
    const all = new Uint8Array(there.rest.length + bytes.length);
    all.set(there.rest);
    all.set(bytes, there.rest.length);
    const view = new DataView(all.buffer);
    let at = 0;
    while (all.length - at >= HEADER_BYTES) {
      const length = view.getUint32(at, true);
      if (length < HEADER_BYTES || length > FRAME_MAX_BYTES) {
        there.broken = true;
        this.#fault(ms, from, to, `a frame of ${length} bytes`);
        return;
      }
      const padded = (length + 15) & ~15;
      if (all.length - at < padded) break;
      const fault = this.#frame(there, back, all[at + 4]!, view, at, length);
      if (fault !== undefined) this.#fault(ms, from, to, fault);
      at += padded;
    }
    there.rest = all.slice(at);
  }

  faults(): string[] {
    return this.#faults;
  }

  #frame(
    there: Direction,
    back: Direction,
    kind: number,
    view: DataView,
    at: number,
    length: number,
  ): string | undefined {
    if (kind >= CONTROL) return undefined;
    const flags = view.getUint8(at + 5);
    const stream = view.getUint32(at + 8, true);
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
      if (call !== undefined) call.replyCredit += view.getUint32(at + HEADER_BYTES, true);
      return undefined;
    }
    const call = back.calls.get(stream);
    if (call === undefined) return `${said}: for no call that is under way`;
    switch (kind) {
      case REQUEST_CREDIT:
        if (body !== 4) return `${said}: credit of ${body} bytes`;
        call.requestCredit += view.getUint32(at + HEADER_BYTES, true);
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

  #direction(name: string): Direction {
    let direction = this.#directions.get(name);
    if (direction === undefined) {
      direction = { rest: new Uint8Array(0), calls: new Map(), broken: false };
      this.#directions.set(name, direction);
    }
    return direction;
  }

  #fault(ms: number, from: string, to: string, fault: string): void {
    this.#faults.push(`at ${ms.toFixed(1)}, from ${from} to ${to}: ${fault}`);
  }
}
