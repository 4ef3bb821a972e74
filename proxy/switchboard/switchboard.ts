/**
 * The heart of a proxy: every frame of every call comes in here from one port and leaves through another.
 *
 * A call has an origin (where its request came from) and a target (who answers it). The switchboard
 * chooses the target when the request's first frame arrives, remembers both, and from then on only patches
 * stream ids. Whatever happens to a port, each of its calls ends exactly once.
 *
 * @module
 */
import { reached } from "../../limits/reached.ts";
import { type Code, codeName } from "../../errors.ts";
import { serverHash } from "../../routing/hash.ts";
import type { ProcessView } from "../../routing/types.ts";
import { FrameFlag, FrameKind } from "../../wire/frame.ts";
import { FrameView } from "../../wire/frame_view.ts";
import { deadlineMs } from "../../wire/deadline.ts";
import { packLoad, unpackLoad } from "../../wire/load.ts";
import { HeadFlag, patchDeadline, RequestHeadReader } from "../../wire/request_head.ts";
import { StreamTable } from "../../wire/stream_table.ts";
import type { BurstClock } from "./burst_clock.ts";
import { CallOutcome } from "./outcome.ts";
import { Cancellation } from "./cancellation.ts";
import { headForPeer } from "./head_for_peer.ts";
import { HeldRequest } from "./held_request.ts";
import { type Port, PortFault } from "./port.ts";
import { ProxyCall } from "./call.ts";
import type { SwitchboardCounters } from "./counters.ts";
import type { EndReason } from "./error_frame.ts";
import { SilentTargets } from "./silent_targets.ts";
import type { SwitchboardOptions } from "./options.ts";
import { isRefusal, TargetChooser } from "./target_chooser.ts";

/** Takes frames from ports, finds the call of each, and passes it on to the other side of that call. */
export class Switchboard {
  readonly #options: SwitchboardOptions;
  readonly #counters: SwitchboardCounters;
  readonly #clock: BurstClock;
  readonly #calls = new StreamTable<ProxyCall>();
  readonly #head = new RequestHeadReader();
  readonly #chooser: TargetChooser;
  readonly #outcome: CallOutcome;
  readonly #cancellation: Cancellation;
  readonly #silent: SilentTargets;
  readonly #frameView = new FrameView();
  #draining = false;

  /** @param options The rest of the proxy. */
  constructor(options: SwitchboardOptions) {
    this.#options = options;
    this.#counters = options.counters;
    this.#clock = options.clock;
    this.#chooser = new TargetChooser(options);
    this.#outcome = new CallOutcome(options, this.#calls);
    this.#cancellation = new Cancellation(options, this.#outcome);
    this.#silent = new SilentTargets(options, this.#outcome);
  }

  /** Calls under way. */
  get openCalls(): number {
    return this.#calls.size;
  }

  /** From now on calls of other servers are refused. */
  drain(): void {
    this.#draining = true;
  }

  /**
   * A burst of frames arrived.
   *
   * @param port Where from.
   * @param bytes The buffer; `words` is the same memory.
   * @param start Offset of the first frame, a multiple of 16; `end`: behind the last frame's padding.
   * @throws {PortFault} When the port must be given up.
   */
  frames(port: Port, bytes: Uint8Array, words: Uint32Array, start: number, end: number): void {
    this.#clock.read();
    const frame = this.#frameView.over(bytes, words, start, end);
    while (frame.advance()) {
      try {
        this.#frame(port, frame);
      } catch (error) {
        // A fault of the proxy itself costs one frame, and neither its port nor the frames behind it.
        if (error instanceof PortFault) throw error;
        this.#options.failed(error);
      }
    }
  }

  #frame(port: Port, frame: FrameView): void {
    switch (frame.kind) {
      case FrameKind.REQUEST:
        if (frame.flags & FrameFlag.FIRST) return this.#request(port, frame);
        return this.#requestFragment(port, frame);
      case FrameKind.REPLY:
      case FrameKind.END:
      case FrameKind.ERROR:
        return this.#answer(port, frame);
      case FrameKind.REQUEST_CREDIT: {
        const call = this.#answeredBy(port, frame.stream);
        return call?.origin?.forward(frame, call.originStream);
      }
      case FrameKind.CANCEL: {
        const call = this.#begunBy(port, frame.stream);
        if (call === undefined || call.state === "cancelled") return;
        this.#cancellation.cancel(call);
        return this.#silent.add(call);
      }
      case FrameKind.REPLY_CREDIT: {
        const call = this.#begunBy(port, frame.stream);
        return call?.target?.forward(frame, call.id);
      }
      default:
        throw new PortFault(
          `${port.label} sent a frame of kind ${frame.kind}, which is not for a proxy`,
        );
    }
  }

  /** A process says that the handler of a cancelled call has begun. */
  begun(port: Port, stream: number): void {
    const call = this.#answeredBy(port, stream);
    if (call === undefined) return;
    this.#clock.read();
    this.#cancellation.begun(call);
  }

  /**
   * Ends what is held back for a moment only; to be called now and then after `onQueued`.
   *
   * @returns Whether there is more.
   */
  sweep(): boolean {
    const unproven = this.#cancellation.sweep();
    return this.#silent.sweep() || unproven;
  }

  /**
   * A port is gone: what it asked for is cancelled, what it was to answer ends in UNAVAILABLE.
   *
   * @param port The port.
   * @param why For the errors.
   * @param reason Why it was ended on purpose; absent: it was lost.
   */
  portGone(port: Port, why: string, reason?: EndReason): void {
    const had: ProxyCall[] = [];
    for (const call of this.#calls.values()) {
      if (call.origin === port) {
        port.removeBegun(call);
        call.loseOrigin();
        this.#cancellation.cancelTarget(call);
        this.#silent.add(call);
      }
      if (call.target === port) had.push(call);
    }
    // What it got last is most likely what killed it, and comes first when they are tried again.
    for (const call of had.sort((a, b) => b.requestEndBytes - a.requestEndBytes)) {
      if (call.state === "ended") continue;
      const started = call.requestComplete && !port.unread(call, this.#clock.ms);
      this.#outcome.finishWith(
        call,
        "UNAVAILABLE",
        `${call.name}: ${why}${started ? " while the call was under way" : ""}`,
        {
          started,
          retryable: true,
          died: started && port.kind === "slot" && reason === undefined,
          reason,
        },
      );
    }
  }

  /** The server ends: calls that its processes have not answered end now, so that their callers learn why. */
  endAll(why: string): void {
    this.#clock.read();
    for (const call of this.#calls.values()) {
      const { target } = call;
      if (call.origin === null || target?.kind !== "slot") continue;
      // What its process has not read may still begin: that lives on until the links are closed.
      const traits = { started: call.requestComplete, retryable: true, reason: "drain" } as const;
      this.#outcome.abandon(call, target, "UNAVAILABLE", `${call.name}: ${why}`, traits);
    }
  }

  /** The dispatcher found a process for a call that it had admitted. */
  deliver(call: ProxyCall, process: ProcessView): void {
    const port = this.#options.slotPort(process.id);
    call.slot = process.id;
    if (port === undefined) {
      return this.#outcome.finishWith(
        call,
        "UNAVAILABLE",
        `${call.name}: its process has just gone`,
        {
          started: false,
          retryable: true,
        },
      );
    }
    call.forwardTo(port)?.release((frame) => {
      this.#forwardRequest(call, port, frame);
      return call.state === "forwarded";
    });
  }

  /** The dispatcher gives up a call that it had admitted. */
  refuse(call: ProxyCall, code: Code, message: string): void {
    this.#options.dispatcher.report(call.service, call);
    this.#outcome.finishWith(call, code, `${call.name}: ${message}`, {
      started: false,
      retryable: code !== "DEADLINE_EXCEEDED",
    });
  }

  #request(port: Port, frame: FrameView): void {
    const { stream, bytes, start } = frame;
    const head = this.#head;
    const fault = head.parse(bytes, start, frame.end);
    if (fault !== undefined) {
      throw new PortFault(`${port.label} sent a request with a malformed head (${fault})`);
    }
    if (port.isTaken(stream)) {
      throw new PortFault(`${port.label} used stream ${stream} again before its call had ended`);
    }
    this.#counters.requests++;
    const { ms, machineMs, machineOffsetMs } = this.#clock;
    let { deadline } = head;
    if (port.kind === "link") {
      deadline = port.localDeadline(deadline, machineMs);
      patchDeadline(bytes, start, deadline);
    }
    const dueMs = deadlineMs(deadline, machineMs) - machineOffsetMs;
    const call = new ProxyCall(port, stream, head, ms, dueMs);
    call.requestComplete = (frame.flags & FrameFlag.LAST) !== 0;
    const { callsMax } = this.#options;
    if (port.begunCalls >= callsMax / 2 || this.#calls.size >= callsMax) {
      reached("CALLS_MAX");
      return this.#outcome.refuseNew(call, "RESOURCE_EXHAUSTED", "too many calls under way", false);
    }
    let target: Port | null = null;
    if (port.kind === "slot") {
      const choice = this.#chooser.choose(call, head, this.#clock.ms);
      if (isRefusal(choice)) {
        return this.#outcome.refuseNew(call, choice.code, choice.message, choice.retryable);
      }
      target = choice;
    } else if (this.#draining) {
      return this.#outcome.refuseNew(call, "UNAVAILABLE", "the server is draining", true);
    }
    call.id = this.#calls.add(call);
    port.addBegun(call);
    if (target !== null) {
      call.forwardTo(target);
      return this.#forwardRequest(call, target, frame);
    }
    // The same key prefers the same process: what that has in memory serves the next call, too.
    const keyHash = (head.flags & HeadFlag.KEY) !== 0 ? serverHash(head.key!) : 0;
    // A copy is needed only if no process is free: `deliver` is called from within `admit` otherwise.
    this.#options.dispatcher.admit(call, call.service, dueMs, keyHash, call.suspect);
    if (call.target !== null) return this.#forwardRequest(call, call.target, frame);
    if (call.state === "ended") return;
    this.#options.onQueued();
    const held = new HeldRequest();
    call.hold(held);
    held.add(frame);
  }

  #requestFragment(port: Port, frame: FrameView): void {
    const call = this.#begunBy(port, frame.stream);
    if (call === undefined) return;
    if (frame.flags & FrameFlag.LAST) call.requestComplete = true;
    if (call.target !== null) {
      this.#forwardRequest(call, call.target, frame);
    } else if (call.held?.add(frame) === false) {
      reached("HELD_MAX_BYTES");
      throw new PortFault(`${port.label} sent more of a request than it had credit for`);
    }
  }

  #forwardRequest(call: ProxyCall, target: Port, frame: FrameView): void {
    if (target.full) return this.#overflow(call, target);
    if ((frame.flags & FrameFlag.FIRST) !== 0) headForPeer(call, target, frame, this.#clock.ms);
    call.requestEndBytes = target.queue.appendedBytes;
    target.forward(frame, call.id);
  }

  /** The call that `port` began; `undefined`: it has ended. */
  #begunBy(port: Port, stream: number): ProxyCall | undefined {
    const call = port.begun(stream);
    if (call === undefined) this.#counters.lateFrames++;
    return call;
  }

  /** The call that `port` answers; `undefined`: it has ended. */
  #answeredBy(port: Port, stream: number): ProxyCall | undefined {
    const call = this.#calls.get(stream);
    if (call?.target === port) return call;
    this.#counters.lateFrames++;
    return undefined;
  }

  #answer(port: Port, frame: FrameView): void {
    const call = this.#answeredBy(port, frame.stream);
    if (call === undefined) return;
    const { origin } = call;
    const { kind, flags } = frame;
    if (kind === FrameKind.ERROR && flags & FrameFlag.FIRST) {
      call.errorCode = frame.bytes[frame.start] ?? 0;
    }
    if (kind === FrameKind.REPLY && origin?.full) {
      origin.refuseFrame();
      const message = `${call.name}: ${origin.label} does not take its replies`;
      this.#outcome.abandon(call, port, "RESOURCE_EXHAUSTED", message, { started: true });
      // With the last frame of its reply the target has ended the call: no other would follow.
      return (flags & FrameFlag.LAST) && (flags & FrameFlag.END)
        ? this.#outcome.end(call, "ok")
        : this.#silent.add(call);
    }
    // This server's load goes out with its answers; that of another came in with them.
    if (call.slot >= 0) this.#options.dispatcher.report(call.service, call);
    else unpackLoad(frame.load, call);
    origin?.forward(frame, call.originStream, packLoad(call));
    if (kind === FrameKind.END) this.#outcome.end(call, "ok");
    else if (flags & FrameFlag.LAST) {
      if (kind === FrameKind.ERROR) this.#outcome.end(call, codeName(call.errorCode));
      else if (kind === FrameKind.REPLY) {
        if (flags & FrameFlag.END) this.#outcome.end(call, "ok");
        else if (!call.answered) this.#answered(call);
      }
    }
  }

  // The first item of a stream: how long the stream goes on says nothing about the server.
  #answered(call: ProxyCall): void {
    call.answered = true;
    if (call.firstReply) call.deadlineMs = Infinity;
    const latencyMs = this.#clock.ms - call.startedMs;
    if (call.slot >= 0) this.#options.dispatcher.answered(call.service, latencyMs);
    if (call.server === null) return;
    this.#options.router.answered(call.server, call.service, latencyMs, call);
  }

  #overflow(call: ProxyCall, target: Port): void {
    target.refuseFrame();
    const message = `${call.name}: ${target.label} is full`;
    const traits = { started: false, retryable: true };
    if (call.requestEndBytes < 0) {
      this.#outcome.finishWith(call, "RESOURCE_EXHAUSTED", message, traits);
    } else {
      this.#outcome.abandon(call, target, "RESOURCE_EXHAUSTED", message, traits);
      this.#silent.add(call);
    }
  }
}
