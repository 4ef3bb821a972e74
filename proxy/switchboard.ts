/**
 * The heart of a proxy: every frame of every call comes in here from one port and leaves through another.
 *
 * A call has an origin (where its request came from) and a target (who answers it). The switchboard
 * chooses the target when the request's first frame arrives, remembers both, and from then on only patches
 * stream ids. Whatever happens to a port, each of its calls ends exactly once.
 *
 * @module
 */
import { type Code, codeName } from "../errors.ts";
import { CALLS_MAX } from "../limits.ts";
import { serverHash } from "../routing/hash.ts";
import type { ProcessView } from "../routing/types.ts";
import { Flag, Kind, paddedBytes } from "../wire/frame.ts";
import { packLoad, unpackLoad } from "../wire/load.ts";
import { HeadFlag, RequestHeadReader } from "../wire/request_head.ts";
import { StreamTable } from "../wire/stream_table.ts";
import type { BurstClock } from "./burst_clock.ts";
import { type FailureTraits, sendError } from "./error_frame.ts";
import { HeldRequest } from "./held_request.ts";
import { type Port, PortFault } from "./port.ts";
import { ProxyCall } from "./proxy_call.ts";
import type { SwitchboardCounters } from "./switchboard_counters.ts";
import type { SwitchboardOptions } from "./switchboard_options.ts";
import { isRefusal, TargetChooser } from "./target_chooser.ts";

/** A cancellation this close to the deadline is one because of it: clocks are read at different moments. */
const CANCEL_IS_LATE_MS = 10;
const NOTHING = new Uint8Array(0);

/** See the module's description. */
export class Switchboard {
  readonly #options: SwitchboardOptions;
  readonly #counters: SwitchboardCounters;
  readonly #clock: BurstClock;
  readonly #calls = new StreamTable<ProxyCall>();
  readonly #head = new RequestHeadReader();
  readonly #chooser: TargetChooser;
  #draining = false;

  /** @param options The rest of the proxy. */
  constructor(options: SwitchboardOptions) {
    this.#options = options;
    this.#counters = options.counters;
    this.#clock = options.clock;
    this.#chooser = new TargetChooser(options);
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
    for (let at = start; at < end;) {
      const length = words[at >> 2]!;
      const kindAndFlags = words[(at >> 2) + 1]!;
      this.#frame(
        port,
        kindAndFlags & 0xff,
        (kindAndFlags >> 8) & 0xff,
        words[(at >> 2) + 2]!,
        bytes,
        at + 16,
        at + length,
        words[(at >> 2) + 3]!,
      );
      at += paddedBytes(length);
    }
  }

  #frame(
    port: Port,
    kind: number,
    flags: number,
    stream: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    generation: number,
  ): void {
    switch (kind) {
      case Kind.REQUEST:
        if (flags & Flag.FIRST) return this.#request(port, flags, stream, bytes, start, end);
        return this.#requestFragment(port, flags, stream, bytes, start, end);
      case Kind.REPLY:
      case Kind.END:
      case Kind.ERROR:
        return this.#answer(port, kind, flags, stream, bytes, start, end, generation);
      case Kind.REQUEST_CREDIT: {
        const call = this.#answeredBy(port, stream);
        return call?.origin?.forward(kind, flags, call.originStream, bytes, start, end);
      }
      case Kind.CANCEL:
        return this.#cancel(port, stream);
      case Kind.REPLY_CREDIT: {
        const call = this.#begunBy(port, stream);
        return call?.target?.forward(kind, flags, call.id, bytes, start, end);
      }
      default:
        throw new PortFault(`${port.label} sent a frame of kind ${kind}, which is not for a proxy`);
    }
  }

  /** A port is gone: what it asked for is cancelled, what it was to answer ends in UNAVAILABLE. */
  portGone(port: Port, why: string): void {
    for (const call of this.#calls.values()) {
      if (call.origin === port) {
        port.removeBegun(call);
        call.origin = null;
        this.#cancelTarget(call);
      }
      if (call.target === port && !call.ended) {
        const started = call.requestComplete && !port.neverLeft(call);
        this.#finishWith(
          call,
          "UNAVAILABLE",
          `${call.name}: ${why}${started ? " while the call was under way" : ""}`,
          { started, retryable: true },
        );
      }
    }
  }

  /** The dispatcher found a process for a call that it had admitted. */
  deliver(call: ProxyCall, process: ProcessView): void {
    const port = this.#options.slotPort(process.id);
    call.slot = process.id;
    if (port === undefined) {
      return this.#finishWith(call, "UNAVAILABLE", `${call.name}: its process has just gone`, {
        started: false,
        retryable: true,
      });
    }
    call.target = port;
    const { held } = call;
    call.held = null;
    held?.release(this.#clock.ms - call.startedMs, (flags, bytes, start, end) => {
      this.#forwardRequest(call, port, flags, bytes, start, end);
      return !call.ended;
    });
  }

  /** The dispatcher gives up a call that it had admitted. */
  refuse(call: ProxyCall, code: Code, message: string): void {
    this.#options.dispatcher.report(call.service, call);
    this.#finishWith(call, code, `${call.name}: ${message}`, {
      started: false,
      retryable: code !== "DEADLINE_EXCEEDED",
      overload: code === "RESOURCE_EXHAUSTED",
    });
  }

  #request(
    port: Port,
    flags: number,
    stream: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    const head = this.#head;
    const fault = head.parse(bytes, start, end);
    if (fault !== undefined) {
      throw new PortFault(`${port.label} sent a request with a malformed head (${fault})`);
    }
    if (port.isTaken(stream)) {
      throw new PortFault(`${port.label} used stream ${stream} again before its call had ended`);
    }
    this.#counters.requests++;
    const call = new ProxyCall(port, stream, head, this.#clock.ms);
    call.requestComplete = (flags & Flag.LAST) !== 0;
    if (port.begunCalls >= CALLS_MAX / 2 || this.#calls.size >= CALLS_MAX) {
      return this.#refuseNew(call, "RESOURCE_EXHAUSTED", "too many calls under way", false);
    }
    let target: Port | null = null;
    if (port.kind === "slot") {
      const choice = this.#chooser.choose(call, head, this.#clock.ms);
      if (isRefusal(choice)) {
        return this.#refuseNew(call, choice.code, choice.message, choice.retryable);
      }
      target = choice;
    } else if (this.#draining) {
      return this.#refuseNew(call, "UNAVAILABLE", "the server is draining", true);
    }
    call.id = this.#calls.add(call);
    port.addBegun(call);
    if (target !== null) {
      call.target = target;
      return this.#forwardRequest(call, target, flags, bytes, start, end);
    }
    // The same key prefers the same process: what that has in memory serves the next call, too.
    const keyHash = (head.flags & HeadFlag.KEY) !== 0 ? serverHash(head.key!) : 0;
    // A copy is needed only if no process is free: `deliver` is called from within `admit` otherwise.
    this.#options.dispatcher.admit(call, call.service, call.deadlineMs, keyHash);
    if (call.ended) return;
    if (call.target !== null) {
      return this.#forwardRequest(call, call.target, flags, bytes, start, end);
    }
    this.#options.onQueued();
    call.held = new HeldRequest();
    call.held.add(flags, bytes, start, end);
  }

  #requestFragment(
    port: Port,
    flags: number,
    stream: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    const call = this.#begunBy(port, stream);
    if (call === undefined) return;
    if (flags & Flag.LAST) call.requestComplete = true;
    if (call.target !== null) {
      this.#forwardRequest(call, call.target, flags, bytes, start, end);
    } else if (!call.held!.add(flags, bytes, start, end)) {
      throw new PortFault(`${port.label} sent more of a request than it had credit for`);
    }
  }

  #forwardRequest(
    call: ProxyCall,
    target: Port,
    flags: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    if (target.full) return this.#overflow(call, target);
    call.sentMark = target.queue.appendedBytes;
    target.forward(Kind.REQUEST, flags, call.id, bytes, start, end);
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

  #answer(
    port: Port,
    kind: number,
    flags: number,
    stream: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    generation: number,
  ): void {
    const call = this.#answeredBy(port, stream);
    if (call === undefined) return;
    const { origin } = call;
    if (kind === Kind.ERROR && flags & Flag.FIRST) call.errorCode = bytes[start] ?? 0;
    if (kind === Kind.REPLY && origin?.full) {
      origin.refusedFrames++;
      const message = `${call.name}: ${origin.label} does not take its replies`;
      this.#abandon(call, port, "RESOURCE_EXHAUSTED", message, { started: true });
      // With the last frame of its reply the target has ended the call: no other would follow.
      return (flags & Flag.LAST) && (flags & Flag.END) ? this.#end(call, "ok") : undefined;
    }
    // This server's load goes out with its answers; that of another came in with them.
    if (call.slot >= 0) this.#options.dispatcher.report(call.service, call);
    else unpackLoad(generation, call);
    origin?.forward(kind, flags, call.originStream, bytes, start, end, packLoad(call));
    if (kind === Kind.END) this.#end(call, "ok");
    else if (flags & Flag.LAST) {
      if (kind === Kind.ERROR) this.#end(call, codeName(call.errorCode));
      else if (kind === Kind.REPLY) {
        if (flags & Flag.END) this.#end(call, "ok");
        else if (!call.answered) this.#answered(call);
      }
    }
  }

  // The first item of a stream: how long the stream goes on says nothing about the server.
  #answered(call: ProxyCall): void {
    call.answered = true;
    const latencyMs = this.#clock.ms - call.startedMs;
    if (call.slot >= 0) this.#options.dispatcher.answered(call.service, latencyMs);
    if (call.server === null) return;
    this.#options.router.answered(call.server, call.service, latencyMs, call);
  }

  #cancel(port: Port, stream: number): void {
    const call = this.#begunBy(port, stream);
    if (call === undefined) return;
    this.#counters.cancelled++;
    // A caller cancels when its deadline has passed: that speaks against the server, and is known now, even
    // if the server never says another word.
    if (call.server !== null && this.#clock.ms >= call.deadlineMs - CANCEL_IS_LATE_MS) {
      this.#tellRouter(call, "DEADLINE_EXCEEDED");
    }
    this.#cancelTarget(call);
  }

  /** The call goes on until its target has ended it: the process is still busy with it. */
  #cancelTarget(call: ProxyCall): void {
    if (call.target !== null) {
      call.target.forward(Kind.CANCEL, 0, call.id, NOTHING, 0, 0);
      return;
    }
    this.#options.dispatcher.cancel(call, call.service);
    this.#finishWith(call, "CANCELLED", `${call.name} was cancelled`, { started: false });
  }

  #overflow(call: ProxyCall, target: Port): void {
    target.refusedFrames++;
    const message = `${call.name}: ${target.label} is full`;
    const traits = { started: false, retryable: true, overload: true };
    if (call.sentMark < 0) this.#finishWith(call, "RESOURCE_EXHAUSTED", message, traits);
    else this.#abandon(call, target, "RESOURCE_EXHAUSTED", message, traits);
  }

  /**
   * Ends a call for its origin. Its stream id stays taken until the target has ended it, too: the target
   * would take a new call with it for a part of this one.
   */
  #abandon(
    call: ProxyCall,
    target: Port,
    code: Code,
    message: string,
    traits: FailureTraits,
  ): void {
    sendError(call, this.#options.self, code, message, traits);
    call.origin?.removeBegun(call);
    call.origin = null;
    call.outcome = code;
    target.forward(Kind.CANCEL, 0, call.id, NOTHING, 0, 0);
  }

  /** Refuses a request that is in no table yet. */
  #refuseNew(call: ProxyCall, code: Code, message: string, retryable: boolean): void {
    this.#counters.refused++;
    const text = `${call.name}: ${message}`;
    sendError(call, this.#options.self, code, text, { started: false, retryable });
  }

  #finishWith(call: ProxyCall, code: Code, message: string, traits: FailureTraits): void {
    sendError(call, this.#options.self, code, message, {
      ...traits,
      retryable: traits.retryable === true &&
        (!traits.started || call.idempotent || this.#options.isIdempotent(call.name)),
    });
    this.#end(call, code);
  }

  #end(call: ProxyCall, how: "ok" | Code): void {
    if (call.ended) return;
    const outcome = call.outcome ?? how;
    call.ended = true;
    call.target = null;
    call.held = null;
    this.#calls.remove(call.id);
    call.origin?.removeBegun(call);
    if (outcome === "ok") this.#counters.ok++;
    else this.#counters.failed[outcome] = (this.#counters.failed[outcome] ?? 0) + 1;
    const latencyMs = call.answered ? undefined : this.#clock.ms - call.startedMs;
    if (call.slot >= 0) {
      this.#options.dispatcher.released(call.slot, call.service, latencyMs, outcome === "ok");
    }
    if (call.server !== null) this.#tellRouter(call, outcome);
    if (call.decision >= 0) {
      this.#options.decisions.ended(call.decision, outcome, this.#clock.ms);
    }
  }

  #tellRouter(call: ProxyCall, outcome: "ok" | Code): void {
    const latencyMs = call.answered ? undefined : this.#clock.ms - call.startedMs;
    this.#options.router.ended(call.server!, call.service, outcome, latencyMs, call);
    call.server = null;
  }
}
