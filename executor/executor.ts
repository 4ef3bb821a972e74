/**
 * The answering half of an exec process: requests in, handlers run, replies out.
 *
 * @module
 */
import { readThrown } from "../boundary/user_code.ts";
import type { AttachWelcome, FrameHandler } from "../endpoint/attachment.ts";
import { EncodedPayload } from "../endpoint/codec.ts";
import { DeadlineWheel } from "../endpoint/deadline_wheel.ts";
import type { MeshClient } from "../client/mesh_client.ts";
import type { MessageSender } from "../endpoint/message_sender.ts";
import { MeshError } from "../errors.ts";
import { REQUESTS_SLICE_MS, UNDER_WAY_NAMED_MAX } from "../limits.ts";
import type { SlotChannel } from "../markdev/slot_channel.ts";
import type { Logger } from "../observe/log.ts";
import type { Outside } from "../outside/outside.ts";
import { deadlineMs } from "../wire/deadline.ts";
import { FrameFlag, FrameKind } from "../wire/frame.ts";
import type { FrameView } from "../wire/frame_view.ts";
import { RequestHeadReader } from "../wire/request_head.ts";
import { StreamMap } from "../wire/stream_table.ts";
import type { CallContext, ContextHost } from "./call_context.ts";
import { IncomingCall } from "./incoming_call.ts";
import type { Service } from "./service_module.ts";

/** What an executor needs of its process's place. */
export interface ExecutorPlace {
  readonly outside: Outside;
  readonly slot: number;
  readonly welcome: Pick<AttachWelcome, "server" | "messageBytes">;
  readonly sender: MessageSender;
  readonly channel: Pick<SlotChannel, "queue" | "schedule">;
}

/** Runs the handlers of a process. */
export class Executor implements FrameHandler, Disposable {
  /** The services by name. */
  readonly services: ReadonlyMap<string, Service>;
  /** What contexts need of the process. */
  readonly host: ContextHost;
  /** Sends replies. */
  readonly sender: MessageSender;
  /** Deadlines of the calls under way. */
  readonly wheel: DeadlineWheel;
  /** Reads the heads of requests. */
  readonly head = new RequestHeadReader();
  /** What a handler gave, while it is sent. */
  readonly payload = new EncodedPayload();
  /** Largest payload, in bytes. */
  readonly messageBytes: number;
  /** Called with every frame that is not about a call. */
  onControl: ((kind: number) => void) | undefined;
  /** Called when the last call under way has ended. */
  onIdle: (() => void) | undefined;
  readonly #place: ExecutorPlace;
  readonly #log: Logger;
  readonly #calls = new StreamMap<IncomingCall>();
  readonly #outside: Outside;
  readonly #machineOffsetMs: number;
  /** When the last request came to its turn, on the process's own clock, in ms. */
  nowMs = 0;
  /** Until when requests begin in this turn; 0: none has yet. */
  #sliceEndMs = 0;
  /** Whether requests wait for another turn. */
  #holding = false;
  /** Stream ids of requests among these that were cancelled meanwhile. */
  readonly #cancelledEarly = new Set<number>();

  /**
   * @param place The process's place in its server.
   * @param mesh For the calls that handlers make.
   * @param services The loaded services.
   * @param log The process's log.
   */
  constructor(
    place: ExecutorPlace,
    mesh: MeshClient,
    services: Iterable<Service>,
    log: Logger,
  ) {
    this.#place = place;
    this.#log = log;
    this.#outside = place.outside;
    this.#machineOffsetMs = place.outside.machineOffsetMs;
    this.wheel = new DeadlineWheel(place.outside);
    this.services = new Map([...services].map((service) => [service.name, service]));
    this.sender = place.sender;
    this.messageBytes = place.welcome.messageBytes;
    this.host = {
      server: place.welcome.server,
      slot: place.slot,
      mesh,
      log,
      timeOriginMs: place.outside.timeOriginMs,
    };
  }

  /** Calls under way. */
  get openCalls(): number {
    return this.#calls.size;
  }

  /** What its handlers work on, for the log: `"quotes.price 5f0c…"`; at most 16 of them. */
  underWay(): string[] {
    const names: string[] = [];
    for (const call of this.#calls.values()) {
      if (names.length === UNDER_WAY_NAMED_MAX) break;
      if (call.underWay !== undefined) names.push(call.underWay);
    }
    return names;
  }

  turn(): void {
    this.#sliceEndMs = 0;
    if (!this.#holding) this.#cancelledEarly.clear();
    this.#holding = false;
  }

  /** One request is always worked on; further ones as long as the turn is short: timers and replies wait, too. */
  ready(): boolean {
    this.nowMs = this.#outside.now();
    if (this.#sliceEndMs === 0) this.#sliceEndMs = this.nowMs + REQUESTS_SLICE_MS;
    else if (this.nowMs >= this.#sliceEndMs) this.#holding = true;
    return !this.#holding;
  }

  /** A deadline as it travels, on the process's own clock, in ms. */
  deadlineMs(deadline: number): number {
    return deadlineMs(deadline, this.nowMs + this.#machineOffsetMs) - this.#machineOffsetMs;
  }

  frame(frame: FrameView): void {
    const { stream } = frame;
    let call = this.#calls.get(stream);
    switch (frame.kind) {
      case FrameKind.REQUEST:
        if (call === undefined) {
          // A later fragment of a call that has ended meanwhile.
          if (!(frame.flags & FrameFlag.FIRST)) return;
          call = new IncomingCall(this, stream);
          this.#calls.set(stream, call);
          if (this.#cancelledEarly.size > 0 && this.#cancelledEarly.delete(stream)) {
            return call.cancel(notWanted());
          }
        }
        this.#request(call, frame);
        break;
      case FrameKind.CANCEL:
        if (call !== undefined) call.cancel(notWanted());
        else if (this.#holding) this.#cancelledEarly.add(stream);
        break;
      case FrameKind.REPLY_CREDIT:
        if (call !== undefined && frame.number !== undefined) {
          this.sender.grant(call.out, frame.number);
        }
        break;
      default:
        this.onControl?.(frame.kind);
    }
  }

  #request(call: IncomingCall, frame: FrameView): void {
    try {
      call.onRequest(frame);
    } catch (error) {
      // A fault of ours: it must not cost more than this call.
      this.#log.error("a request could not be worked on", { error });
      call.fail(new MeshError("INTERNAL", "the executing server failed at the request"));
    }
  }

  /** Sends a frame without a body. */
  send(call: IncomingCall, kind: number): void {
    this.#place.channel.queue.reserve(kind, 0, call.out.stream, 0);
    this.#place.channel.schedule();
  }

  /** Allows the caller to send more of its request. */
  grant(call: IncomingCall, bytes: number): void {
    this.#place.channel.queue.appendU32(FrameKind.REQUEST_CREDIT, call.out.stream, bytes);
    this.#place.channel.schedule();
  }

  /** What is not sent yet of a call's replies is not wanted any more. */
  abandon(call: IncomingCall): void {
    this.sender.abandon(call.out);
  }

  /** A call has ended, and its last frame is queued. */
  ended(call: IncomingCall): void {
    this.wheel.clear(call);
    this.#calls.delete(call.out.stream);
    if (this.#calls.size === 0) this.onIdle?.();
  }

  /**
   * The error that a caller gets for what a handler threw. A `MeshError` is an answer, passed on as it is and
   * never a reason to try again; anything else is an accident, and is logged.
   */
  explain(thrown: unknown, target: string, context: CallContext | undefined): MeshError {
    const { code, message, metadata, deliberate } = readThrown(thrown);
    if (!deliberate) (context?.ownLog ?? this.#log).error(`${target} threw`, { error: thrown });
    // Whatever it says of an onward call: the handler of this one has begun.
    return new MeshError(code, message, { metadata, target });
  }

  /** The error that a caller gets for an input that its codec cannot read: the handler never began. */
  undecodable(error: unknown, target: string): MeshError {
    const { message } = readThrown(error);
    return new MeshError("DATA_LOSS", `${target}: ${message}`, { started: false, target });
  }

  /** Stops the timer. */
  [Symbol.dispose](): void {
    this.wheel[Symbol.dispose]();
  }
}

function notWanted(): MeshError {
  return new MeshError("CANCELLED", "the caller does not wait any more", { started: false });
}
