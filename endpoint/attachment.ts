/**
 * A process's place in a server: its slot, its calls, and its life line to the proxy.
 *
 * @module
 */
import { type Code, CODES, MeshError } from "../errors.ts";
import {
  CONTROL_BODY_MAX_BYTES,
  LINK_QUEUE_MAX_BYTES,
  MODULE_REASON_MAX_CHARS,
} from "../limits.ts";
import type { MarkDevice } from "../markdev/mark_device.ts";
import { openMarkDevice } from "../markdev/open_mark_device.ts";
import { SlotChannel, type SlotReceiver } from "../markdev/slot_channel.ts";
import type { FrameReceiver } from "../markdev/slot_inbox.ts";
import { AttachRefused, attachSlot } from "../shm/attach.ts";
import type { Outside } from "../outside/outside.ts";
import { realOutside } from "../outside/real_outside.ts";
import type { AnySlotEnd } from "../shm/slot_end.ts";
import { Assembler } from "../wire/assembler.ts";
import { FrameKind } from "../wire/frame.ts";
import { FrameView } from "../wire/frame_view.ts";
import { CallMultiplexer } from "./call_multiplexer.ts";
import type { KeyGroups } from "../wire/key_groups.ts";
import { MessageSender, OutStream } from "./message_sender.ts";
import { ProxyQuestions } from "./proxy_questions.ts";

/** What a process says when it attaches. */
export interface AttachHello {
  /** What the process is. */
  readonly kind: "web" | "exec" | "guest";
  /** A worker shows the token it was started with; a guest has none. */
  readonly token?: string;
}

/** What the proxy answers to a process that may attach. */
export interface AttachWelcome {
  /** Name of the server. */
  readonly server: string;
  /** Largest payload, in bytes. */
  readonly messageBytes: number;
  /** Default time a call may take, in ms. */
  readonly timeoutMs: number;
  /** The groups that are keyed by a module. */
  readonly keyGroups?: KeyGroups;
  /** What a worker is to do; absent for a guest. */
  readonly work?: unknown;
}

/** A slot that a process has got, and how it waits on it. */
export interface AttachedPlace {
  /** What the proxy said. */
  readonly welcome: AttachWelcome;
  /** The process's end of its slot. */
  readonly end: AnySlotEnd;
  /** Descriptor of the connection that ends with the proxy. */
  readonly lifeline: number;
  /** Where alerts come from. */
  readonly device: MarkDevice;
  /** Whether requests come: they are taken one by one. */
  readonly answers: boolean;
  /** Clock, timers and chance. */
  readonly outside: Outside;
}

/** Who gets the frames that are not about the process's own calls. */
export interface FrameHandler {
  /** A frame of a call that this process answers, or about the process itself. */
  frame(frame: FrameView): void;
  /** A turn of work begins. */
  turn?(): void;
  /** Whether the next request may begin in this turn. Default: always. */
  ready?(): boolean;
}

/** Who makes the calls of a process. */
export interface Caller {
  /**
   * The groups that are keyed by a module are others now.
   *
   * @returns Settles when they are in force: empty, or why one of the modules is not in use.
   */
  groupsChanged(groups: KeyGroups): Promise<string>;
  /** Nothing can be sent any more. */
  close(error: MeshError): void;
}

/** An attached process: frames that arrive go to its calls, its questions, or its handler. It ends with its proxy. */
export class Attachment implements SlotReceiver, FrameReceiver, Disposable {
  /** What the proxy said. */
  readonly welcome: AttachWelcome;
  /** The process's channel. */
  readonly channel: SlotChannel;
  /** Sends messages of several frames. */
  readonly sender: MessageSender;
  /** The calls this process makes, as streams. */
  readonly streams: CallMultiplexer;
  /** What is asked of the proxy beside calls. */
  readonly questions: ProxyQuestions;
  /** Clock, timers and chance. */
  readonly outside: Outside;
  /** Who makes the calls, if anybody does. */
  caller: Caller | undefined;
  /** Frames other than those of this process's own calls go here. */
  handler: FrameHandler | undefined;
  /** Called with what made this process fail at a frame; the frame's call has ended. */
  onFailure: ((error: unknown) => void) | undefined;
  /** Called once when the proxy is gone or the slot is broken; not called by disposing. */
  onGone: ((error: MeshError) => void) | undefined;
  readonly #end: AnySlotEnd;
  readonly #device: MarkDevice;
  readonly #lifeline: Disposable;
  /** Collects the fragments of changed groups. */
  readonly #groups = new Assembler(CONTROL_BODY_MAX_BYTES);
  readonly #frame = new FrameView();
  #gone = false;
  #left = false;

  /** @param place The slot, and how this process waits on it. */
  constructor(place: AttachedPlace) {
    const { welcome, end, device, lifeline, outside } = place;
    this.welcome = welcome;
    this.#end = end;
    this.#device = device;
    this.channel = new SlotChannel(
      end,
      device,
      this,
      LINK_QUEUE_MAX_BYTES,
      place.answers ? this : undefined,
    );
    this.sender = new MessageSender(this.channel);
    this.streams = new CallMultiplexer(this.channel, this.sender);
    this.questions = new ProxyQuestions(this.sender, outside);
    this.outside = outside;
    this.#lifeline = device.watchHangup(lifeline, () => this.#lost("the server has gone"));
  }

  /**
   * Attaches this process to a slot of a running server.
   *
   * @param controlPath The server's control socket.
   * @param hello What this process is.
   * @param timeoutMs How long to wait for the proxy's answer, in ms.
   * @throws {MeshError} `UNAVAILABLE` when there is no server, `RESOURCE_EXHAUSTED` when it has no free
   *   slot, `PERMISSION_DENIED` when it refuses.
   */
  static async open(
    controlPath: string,
    hello: AttachHello,
    timeoutMs: number,
  ): Promise<Attachment> {
    const body = new TextEncoder().encode(JSON.stringify(hello));
    const device = await openMarkDevice();
    try {
      const attached = await attachSlot(controlPath, body, timeoutMs);
      const welcome: AttachWelcome = JSON.parse(new TextDecoder().decode(attached.body));
      const { end, lifeline } = attached;
      return new Attachment({
        welcome,
        end,
        lifeline,
        device,
        answers: hello.kind === "exec",
        outside: realOutside,
      });
    } catch (error) {
      device[Symbol.dispose]();
      throw error instanceof AttachRefused ? refusal(error) : error;
    }
  }

  /** Index of the slot. */
  get slot(): number {
    return this.#end.index;
  }

  /** Begins to receive; set {@linkcode handler} before. */
  start(): void {
    this.channel.start();
  }

  frames(bytes: Uint8Array, words: Uint32Array, start: number, end: number): void {
    const frame = this.#frame.over(bytes, words, start, end);
    while (frame.advance()) this.frame(frame);
  }

  /** A frame costs its own call at worst: what is behind it belongs to others. */
  frame(frame: FrameView): void {
    if (this.#gone) return;
    const { kind, stream } = frame;
    try {
      if (
        kind === FrameKind.REPLY || kind === FrameKind.ERROR || kind === FrameKind.END ||
        kind === FrameKind.REQUEST_CREDIT
      ) {
        this.streams.frame(frame);
      } else if (kind === FrameKind.ANSWER) {
        this.questions.answered(frame);
      } else if (kind === FrameKind.GROUPS) {
        this.#groupsChanged(frame);
      } else this.handler?.frame(frame);
    } catch (error) {
      this.streams.broken(kind, stream, error);
      this.onFailure?.(error);
    }
  }

  turn(): void {
    this.handler?.turn?.();
  }

  ready(): boolean {
    return this.handler?.ready?.() ?? true;
  }

  room(): void {
    this.sender.pump();
  }

  fault(error: Error): void {
    this.#lost(`slot ${this.#end.index} is broken: ${error.message}`);
  }

  /** Leaves the slot; calls under way fail. */
  [Symbol.dispose](): void {
    if (this.#left) return;
    this.#left = true;
    this.#gone = true;
    this.#close(
      new MeshError("CANCELLED", "this process has left the mesh", { started: true }),
    );
    this.channel.flush();
    this.channel[Symbol.dispose]();
    this.#lifeline[Symbol.dispose]();
    this.#device[Symbol.dispose]();
    this.#end[Symbol.dispose]();
  }

  #groupsChanged(frame: FrameView): void {
    const version = frame.stream;
    const groups = this.#groups;
    const state = groups.push(frame);
    if (state === "incomplete") return;
    if (state === "fault") throw new Error(`a broken description of groups: ${groups.fault}`);
    const text = new TextDecoder().decode(groups.bytes.subarray(groups.start, groups.end));
    groups.clear();
    void this.caller?.groupsChanged(JSON.parse(text)).then((why) => {
      if (this.#gone) return;
      const out = new OutStream(version);
      out.credit = Infinity;
      const body = new TextEncoder().encode(why.slice(0, MODULE_REASON_MAX_CHARS));
      this.sender.send(out, FrameKind.GROUPS_LOADED, 0, body);
    });
  }

  #close(error: MeshError): void {
    this.caller?.close(error);
    this.questions.close(error);
    this.streams.close(error);
  }

  #lost(why: string): void {
    if (this.#gone) return;
    this.#gone = true;
    const error = new MeshError("UNAVAILABLE", `${this.welcome.server}: ${why}`);
    this.#close(error);
    // The slot may be another process's already: nothing more is written into it.
    this.channel[Symbol.dispose]();
    this.onGone?.(error);
  }
}

/** The error in what a proxy said when it refused: JSON with `code` and `message`. */
function refusal(refused: AttachRefused): MeshError {
  let said: { code?: unknown; message?: unknown } | null;
  try {
    said = JSON.parse(new TextDecoder().decode(refused.body));
  } catch {
    return refused;
  }
  const { code, message } = said ?? {};
  if (typeof code !== "string" || !Object.hasOwn(CODES, code)) return refused;
  return new MeshError(code as Code, String(message), { started: false, cause: refused });
}

/** What whoever makes the calls of a process needs of its place. */
export type CallerPlace =
  & Pick<Attachment, "outside" | "questions" | "sender" | "streams" | "caller">
  & {
    readonly welcome: Pick<AttachWelcome, "messageBytes" | "keyGroups">;
    readonly channel: Pick<SlotChannel, "queue">;
  };
