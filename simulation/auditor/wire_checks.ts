/**
 * What travels on links and in slots: whole frames, each of a call that is under way, no byte beyond credit, and no
 * credit beyond what was taken.
 *
 * The numbers are those of docs/wire_protocol.md, written down again: a fault in the code's own must not blind
 * the one who looks for it.
 *
 * @module
 */
import { FRAME_MAX_BYTES, FrameReader, type FrameStart } from "./frame_reader.ts";
import type { LiarWatch } from "./liar_watch.ts";
import type { Check, Observation } from "./observation.ts";

const REQUEST = 1, REPLY = 2, END = 3, ERROR = 4, CANCEL = 5, REPLY_CREDIT = 6, REQUEST_CREDIT = 7;
const FIRST = 1, LAST = 2, LAST_MESSAGE = 4;
const WINDOW_BYTES = 262_144;
/** What an item of a stream costs at least. */
const ITEM_MIN_BYTES = 4_096;
/** A call's index is in these bits of its stream id; those above count its uses. */
const INDEX_MASK = 0xf_ffff;
/** Control frames of a link are 16 and higher, those between a proxy and its process 32 and higher. */
const LINK_CONTROL = 16, SLOT_CONTROL = 32;
/** READY, FAILED, ASK, GROUPS_LOADED, BEGUN, UNCAUGHT, BOUNDS: what a process says of itself. */
const OF_PROCESS = new Set([32, 33, 35, 38, 39, 40, 41]);
/** DRAIN, ANSWER, GROUPS: what its proxy tells it. */
const OF_PROXY = new Set([34, 36, 37]);
const DRAIN = 34;
/** A proxy passes a frame on in smaller ones, whose last ones are beyond the credit that the first one had. */
const SPLIT_BYTES = FRAME_MAX_BYTES;

/** One call as it travels, by who asked. */
interface Travelling {
  readonly stream: number;
  /** Of its request. */
  readonly id: bigint;
  requestCredit: number;
  replyCredit: number;
  /** Whether the last fragment of the request has passed. */
  asked: boolean;
  inReply: boolean;
  /** Bytes of the reply's message so far. */
  messageBytes: number;
}

/** One direction of a conversation. */
export interface Direction {
  readonly from: string;
  readonly to: string;
  readonly reader: FrameReader;
  /** Calls whose requests travel in this direction, by index. */
  readonly calls: Map<number, Travelling>;
}

/** Two sides that exchange frames: a link, or a slot in one generation. */
export interface Conversation {
  /** The number of a connection, or what names a slot in its generation. */
  readonly name: number | string;
  readonly directions: [Direction, Direction];
  /** Of a slot. */
  readonly generation: number | undefined;
  /** Bytes that a sender may be beyond its credit before it sends on. */
  readonly split: number;
  /** Of a slot: its process was told to take nothing new. */
  draining: boolean;
}

/** Told of every frame that was judged. */
export type FrameWitness = (
  frame: FrameStart,
  ms: number,
  conversation: Conversation,
  direction: Direction,
) => void;

/** Follows the frames of every link and of every slot, in both directions. */
export class WireCheck implements Check {
  /** By number of the connection, or by what names the slot. */
  readonly #conversations = new Map<number | string, Conversation>();
  readonly #faults: string[] = [];
  readonly #liars: ReadonlySet<string>;
  readonly #watch: LiarWatch;
  readonly #witness: FrameWitness;

  /**
   * @param liars Processes that send nonsense, by name: what they say proves nothing.
   * @param watch Knows the servers that lie to their peers.
   * @param witness Told of every frame.
   */
  constructor(liars: ReadonlySet<string>, watch: LiarWatch, witness: FrameWitness) {
    this.#liars = liars;
    this.#watch = watch;
    this.#witness = witness;
  }

  see(observation: Observation): void {
    if (observation.type !== "bytes" && observation.type !== "frames") return;
    const { from, to, bytes, ms } = observation;
    if (this.#liars.has(from)) return;
    if (observation.type === "bytes" && this.#watch.wire(observation.wire)) return;
    const conversation = observation.type === "bytes"
      ? this.#conversation(observation.wire, from, to, undefined)
      : this.#conversation(observation.slot, from, to, observation.generation);
    const [a, b] = conversation.directions;
    const [there, back] = a.from === from ? [a, b] : [b, a];
    there.reader.push(bytes, (frame) => {
      const judged = !this.#liars.has(to) &&
        !(this.#watch.any && this.#isTouched(frame, there, back));
      const fault = judged ? judge(frame, there, back, conversation) : undefined;
      if (fault !== undefined) this.#fault(ms, there, fault);
      this.#witness(frame, ms, conversation, there);
    }, (fault) => this.#fault(ms, there, fault));
  }

  faults(): string[] {
    return this.#faults;
  }

  /** Whether a frame is of a call that a liar has to do with: a proxy passes on what it is told. */
  #isTouched({ kind, flags, stream }: FrameStart, there: Direction, back: Direction): boolean {
    const index = stream & INDEX_MASK;
    const asking = kind === REQUEST || kind === CANCEL || kind === REPLY_CREDIT ? there : back;
    const call = asking.calls.get(index);
    if (call === undefined || !this.#watch.knows(call.id)) return false;
    if (kind !== REQUEST || (flags & FIRST) === 0) return call.stream === stream;
    // Nobody knows when it has ended.
    asking.calls.delete(index);
    return false;
  }

  #conversation(
    name: number | string,
    from: string,
    to: string,
    generation: number | undefined,
  ): Conversation {
    let conversation = this.#conversations.get(name);
    if (conversation === undefined) {
      const direction = (from: string, to: string): Direction => ({
        from,
        to,
        reader: new FrameReader(),
        calls: new Map(),
      });
      conversation = {
        name,
        directions: [direction(from, to), direction(to, from)],
        generation,
        split: generation === undefined ? 0 : SPLIT_BYTES,
        draining: false,
      };
      this.#conversations.set(name, conversation);
    }
    return conversation;
  }

  #fault(ms: number, { from, to }: Direction, fault: string): void {
    this.#faults.push(`at ${ms.toFixed(1)}, from ${from} to ${to}: ${fault}`);
  }
}

function judge(
  frame: FrameStart,
  there: Direction,
  back: Direction,
  conversation: Conversation,
): string | undefined {
  const { generation, split } = conversation;
  const { kind, flags, stream, bodyBytes, body } = frame;
  const said = `kind ${kind} of stream ${stream}`;
  if (generation !== undefined && frame.generation !== generation) {
    return `${said}: of generation ${frame.generation}, the slot has ${generation}`;
  }
  if (kind >= LINK_CONTROL) {
    if (generation === undefined) {
      if (kind >= SLOT_CONTROL) return `${said}: not for a link`;
      return stream === 0 ? undefined : `${said}: the link itself has no stream`;
    }
    if (kind === DRAIN) conversation.draining = true;
    const own = isProxy(there.from) ? OF_PROXY : OF_PROCESS;
    return own.has(kind) ? undefined : `${said}: not for this side of a slot`;
  }
  if (kind === REQUEST) {
    if (conversation.draining && (flags & FIRST) !== 0 && isProxy(there.from)) {
      return `${said}: a new call for a process that is to leave`;
    }
    return request(frame, there, split, said);
  }
  if (kind === CANCEL) return undefined;
  const asking = kind === REPLY_CREDIT ? there : back;
  const call = callOf(asking, stream);
  if (kind === REPLY_CREDIT || kind === REQUEST_CREDIT) {
    if (bodyBytes !== 4) return `${said}: credit of ${bodyBytes} bytes`;
    const which = kind === REPLY_CREDIT ? "replyCredit" : "requestCredit";
    if (call === undefined) {
      return kind === REPLY_CREDIT ? undefined : `${said}: for no call that is under way`;
    }
    call[which] += body.getUint32(0, true);
    return call[which] > WINDOW_BYTES
      ? `${said}: more credit than was used, ${call[which]} bytes`
      : undefined;
  }
  if (call === undefined) return `${said}: for no call that is under way`;
  switch (kind) {
    case REPLY:
      return reply(frame, call, back, split, said);
    case END:
      if (call.inReply) return `${said}: an end within a message`;
      back.calls.delete(stream & INDEX_MASK);
      return undefined;
    case ERROR:
      if (flags & LAST) back.calls.delete(stream & INDEX_MASK);
      return undefined;
    default:
      return `${said}: of no kind`;
  }
}

function request(
  { flags, stream, bodyBytes, body }: FrameStart,
  there: Direction,
  split: number,
  said: string,
): string | undefined {
  const index = stream & INDEX_MASK;
  let call = callOf(there, stream);
  if (flags & FIRST) {
    if (there.calls.has(index)) return `${said}: used again before its call had ended`;
    call = {
      stream,
      id: body.getBigUint64(8, true),
      requestCredit: WINDOW_BYTES,
      replyCredit: WINDOW_BYTES,
      asked: false,
      inReply: false,
      messageBytes: 0,
    };
    there.calls.set(index, call);
  } else if (call === undefined) return undefined; // its error is under way
  if (call.asked) return `${said}: more of a request that was whole`;
  if (call.requestCredit <= -split) return `${said}: beyond its credit`;
  call.requestCredit -= bodyBytes;
  call.asked = (flags & LAST) !== 0;
  return undefined;
}

function reply(
  { flags, stream, bodyBytes }: FrameStart,
  call: Travelling,
  back: Direction,
  split: number,
  said: string,
): string | undefined {
  if (!call.asked) return `${said}: a reply before the request was whole`;
  if (call.replyCredit <= -split) return `${said}: beyond its credit`;
  if (((flags & FIRST) !== 0) === call.inReply) return `${said}: a fragment out of turn`;
  if ((flags & LAST_MESSAGE) !== 0 && (flags & LAST) === 0) {
    return `${said}: the end before the last fragment`;
  }
  if (flags & FIRST) call.messageBytes = 0;
  call.messageBytes += bodyBytes;
  call.replyCredit -= bodyBytes;
  call.inReply = (flags & LAST) === 0;
  if (call.inReply) return undefined;
  if (flags & LAST_MESSAGE) back.calls.delete(stream & INDEX_MASK);
  else call.replyCredit -= Math.max(0, ITEM_MIN_BYTES - call.messageBytes);
  return undefined;
}

function callOf({ calls }: Direction, stream: number): Travelling | undefined {
  const call = calls.get(stream & INDEX_MASK);
  return call?.stream === stream ? call : undefined;
}

/** Whether a process is a server's own, and not one of its workers. */
export function isProxy(process: string): boolean {
  return process.includes("/proxy-");
}
