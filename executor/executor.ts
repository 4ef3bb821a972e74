/**
 * The answering half of an exec process: requests in, handlers run, replies out.
 *
 * @module
 */
import type { Attachment, FrameHandler } from "../client/attachment.ts";
import { DeadlineWheel } from "../client/deadline_wheel.ts";
import { MeshClient } from "../client/mesh_client.ts";
import type { MessageSender } from "../client/message_sender.ts";
import { MeshError } from "../errors.ts";
import type { Logger } from "../observe/log.ts";
import { Flag, Kind } from "../wire/frame.ts";
import { RequestHeadReader } from "../wire/request_head.ts";
import { StreamMap } from "../wire/stream_table.ts";
import type { CallContext, ContextHost } from "./call_context.ts";
import { IncomingCall } from "./incoming_call.ts";
import type { Service } from "./service_module.ts";

/** See the module's description. */
export class Executor implements FrameHandler, Disposable {
  /** The services by name. */
  readonly services: ReadonlyMap<string, Service>;
  /** What contexts need of the process. */
  readonly host: ContextHost;
  /** Sends replies. */
  readonly sender: MessageSender;
  /** Deadlines of the calls under way. */
  readonly wheel = new DeadlineWheel();
  /** Reads the heads of requests. */
  readonly head = new RequestHeadReader();
  /** Largest payload, in bytes. */
  readonly messageBytes: number;
  /** Called with every frame that is not about a call. */
  onControl: ((kind: number) => void) | undefined;
  /** Called when the last call under way has ended. */
  onIdle: (() => void) | undefined;
  readonly #attachment: Attachment;
  readonly #log: Logger;
  readonly #calls = new StreamMap<IncomingCall>();

  /**
   * @param attachment The process's place in its server.
   * @param services The loaded services.
   * @param log The process's log.
   */
  constructor(attachment: Attachment, services: Iterable<Service>, log: Logger) {
    this.#attachment = attachment;
    this.#log = log;
    this.services = new Map([...services].map((service) => [service.name, service]));
    this.sender = attachment.sender;
    this.messageBytes = attachment.welcome.messageBytes;
    this.host = {
      server: attachment.welcome.server,
      slot: attachment.slot,
      mesh: new MeshClient(attachment.calls, attachment.welcome.timeoutMs),
      log,
    };
  }

  /** Calls under way. */
  get openCalls(): number {
    return this.#calls.size;
  }

  frame(
    kind: number,
    flags: number,
    stream: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    let call = this.#calls.get(stream);
    switch (kind) {
      case Kind.REQUEST:
        if (call === undefined) {
          // A later fragment of a call that has ended meanwhile.
          if (!(flags & Flag.FIRST)) return;
          call = new IncomingCall(this, stream);
          this.#calls.set(stream, call);
        }
        call.onRequest(flags, bytes, start, end);
        break;
      case Kind.CANCEL:
        call?.cancel(new MeshError("CANCELLED", "the caller does not wait any more"));
        break;
      case Kind.REPLY_CREDIT:
        if (call !== undefined && end - start === 4) {
          const view = new DataView(bytes.buffer, bytes.byteOffset + start, 4);
          this.sender.grant(call.out, view.getUint32(0, true));
        }
        break;
      default:
        this.onControl?.(kind);
    }
  }

  /** Sends a frame without a body. */
  send(call: IncomingCall, kind: number): void {
    this.#attachment.channel.queue.reserve(kind, 0, call.out.stream, 0);
    this.#attachment.channel.schedule();
  }

  /** Allows the caller to send more of its request. */
  grant(call: IncomingCall, bytes: number): void {
    this.#attachment.channel.queue.appendU32(Kind.REQUEST_CREDIT, call.out.stream, bytes);
    this.#attachment.channel.schedule();
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

  /** The error that a caller gets for what a handler threw. */
  explain(thrown: unknown, target: string, context: CallContext | undefined): MeshError {
    if (thrown instanceof MeshError) {
      // Whatever it says of an onward call: the handler of this one has begun.
      return new MeshError(thrown.code, thrown.message, { metadata: thrown.metadata, target });
    }
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    (context?.ownLog ?? this.#log).error(`${target} threw`, { error: thrown });
    return new MeshError("INTERNAL", message, { target });
  }

  /** Stops the timer. */
  [Symbol.dispose](): void {
    this.wheel[Symbol.dispose]();
  }
}
