/**
 * An established link: the enduring connection between two proxies.
 *
 * ```text
 * up ──close()──▶ closing ──┐
 *  │                        ├──▶ ended ──▶ gone (connection closed)
 *  └──death, GOODBYE────────┘
 * ```
 *
 * @module
 */
import { formatAddress } from "../../address.ts";
import type { Outside, Timer } from "../../outside/outside.ts";
import type { Connection } from "./network.ts";
import type { Log } from "../../client/types.ts";
import { type Code, MeshError } from "../../errors.ts";
import { SERVER_INFO_MAX_BYTES } from "../../limits.ts";
import { Assembler } from "../../wire/assembler.ts";
import { FrameKind } from "../../wire/frame.ts";
import { CONTROL_KIND_MIN, describeFrameFault, type FrameParser } from "../../wire/frame_parser.ts";
import type { FrameQueue } from "../../wire/frame_queue.ts";
import { FrameView } from "../../wire/frame_view.ts";
import {
  encodeOffer,
  type Goodbye,
  GoodbyeReason,
  parseGoodbye,
  parseOffer,
} from "../../wire/link_messages.ts";
import type { ServerIdentity, ServerOffer, ServiceInfo } from "../../wire/server_info.ts";
import { LinkClock } from "./clock.ts";
import { LinkHeartbeat } from "./heartbeat.ts";
import { appendMessage, goodbyeFrame } from "./control_frames.ts";
import type { LinkTimings } from "./timings.ts";
import { LinkWriter } from "./writer.ts";

/** The server at the other end; what it offers changes as its UPDATEs arrive. */
export interface LinkPeer extends ServerIdentity {
  /** Services it offers now. */
  services: readonly ServiceInfo[];
  /** It takes no new calls. */
  draining: boolean;
}

/** Memory with frames in it, as bytes and as 32-bit words. */
export type FrameRun = Pick<FrameParser, "bytes" | "words">;

/** What a link tells its owner. None of them may throw or wait. */
export interface LinkEvents {
  /** Whole call frames (kinds 1–15) lie in a run from `start` to `end`, until this returns. */
  frames(link: Link, run: FrameRun, start: number, end: number): void;
  /** The peer's offer has changed. */
  update(link: Link): void;
  /** The link has ended; told once, and nothing after it. */
  down(link: Link, error: MeshError): void;
}

/** What a link is made of. */
export interface LinkParts {
  readonly conn: Connection;
  /** May hold frames already that came behind the handshake. */
  readonly parser: FrameParser;
  readonly peer: LinkPeer;
  /** Whether this server dialled. */
  readonly dialled: boolean;
  readonly events: LinkEvents;
  readonly timings: LinkTimings;
  /** Clock and timers. */
  readonly outside: Outside;
  readonly log: Log;
}

/** One link, from its handshake to its end: it reads, it sends, and it tells its owner once why it ended. */
export class Link {
  /** The server at the other end. */
  readonly peer: LinkPeer;
  /** The other end's address, `"host:port"`. */
  readonly address: string;
  /** Whether this server dialled. */
  readonly dialled: boolean;
  /** Call frames to send: append, then {@linkcode schedule}. Append never waits; it refuses beyond the bound. */
  readonly queue: FrameQueue;
  /** Frames received, of all kinds. */
  framesIn = 0;
  /** Bytes received. */
  bytesIn = 0;
  readonly #conn: Connection;
  readonly #parser: FrameParser;
  readonly #events: LinkEvents;
  readonly #timings: LinkTimings;
  readonly #outside: Outside;
  readonly #log: Log;
  readonly #writer: LinkWriter;
  readonly #offers = new Assembler(SERVER_INFO_MAX_BYTES);
  readonly #gone = Promise.withResolvers<void>();
  readonly #heartbeat: LinkHeartbeat;
  readonly #clock = new LinkClock();
  #state: "up" | "closing" | "ended" = "up";
  readonly #frame = new FrameView();
  #connClosed = false;
  #closeTimer: Timer | undefined;

  /** @param parts See {@linkcode LinkParts}; nothing happens before {@linkcode start}. */
  constructor(parts: LinkParts) {
    this.peer = parts.peer;
    this.dialled = parts.dialled;
    this.address = formatAddress(parts.conn.remoteAddr);
    this.#conn = parts.conn;
    this.#parser = parts.parser;
    this.#events = parts.events;
    this.#timings = parts.timings;
    this.#outside = parts.outside;
    this.#log = parts.log;
    this.#writer = new LinkWriter(parts.conn, (error) => {
      this.#end(lost(this.peer.name, "writing to it failed", error));
    });
    this.queue = this.#writer.calls;
    this.#heartbeat = new LinkHeartbeat(parts.timings, {
      ping: (clockUs) => this.#ping(clockUs),
      dead: (silentMs) => {
        const text = `nothing was heard for ${Math.round(silentMs)} ms`;
        this.terminate(GoodbyeReason.TIMEOUT, "UNAVAILABLE", text);
      },
    }, parts.outside);
  }

  /** Round trip of the heartbeat in ms, smoothed; `undefined` before the first answer. */
  get rttMs(): number | undefined {
    return this.#heartbeat.rttMs;
  }

  /** What this machine's monotonic clock shows more than the peer's, in ms; `undefined` before its first PING. */
  get clockOffsetMs(): number | undefined {
    return this.#clock.offsetMs;
  }

  /** A call frame that {@linkcode queue} appended at this position or after it has provably not left. */
  get bytesHandedOver(): number {
    return this.#writer.callBytesHandedOver;
  }

  /** See {@linkcode LinkWriter.withhold}. */
  withhold(position: number): boolean {
    return this.#writer.withhold(position);
  }

  /** Frames written, of all kinds. */
  get framesOut(): number {
    return this.#writer.framesOut;
  }

  /** Bytes written. */
  get bytesOut(): number {
    return this.#writer.bytesOut;
  }

  /** Whether it can carry calls. */
  get up(): boolean {
    return this.#state === "up";
  }

  /** Settles when the connection is closed; never rejects. */
  get gone(): Promise<void> {
    return this.#gone.promise;
  }

  /**
   * Begins to read, and to send heartbeats.
   *
   * @param first A control message that leaves before anything else.
   */
  start(first?: { kind: number; body: Uint8Array }): void {
    if (first !== undefined) appendMessage(this.#writer.control, first.kind, first.body);
    this.#heartbeat.start();
    void this.#read();
  }

  /** Sends what was appended, in the next microtask, as one write. */
  schedule(): void {
    this.#writer.schedule();
  }

  /** Tells the peer what this server offers now. */
  announce(offer: ServerOffer): void {
    if (this.#state !== "up") return;
    if (appendMessage(this.#writer.control, FrameKind.UPDATE, encodeOffer(offer))) {
      this.#writer.schedule();
      return;
    }
    // Half an UPDATE would make nonsense of the next one.
    this.terminate(GoodbyeReason.TIMEOUT, "UNAVAILABLE", "it takes nothing off its connection");
  }

  /**
   * Whether the peer still answers.
   *
   * @returns `true` as soon as anything arrives, `false` after `probeMs` or when the link ends.
   */
  probe(): Promise<boolean> {
    return this.#state === "up" ? this.#heartbeat.probe() : Promise.resolve(false);
  }

  /**
   * Ends the link in good order: what waits is sent, then GOODBYE; frames that still come are delivered until the
   * other side has ended too, at most `closeMs`.
   *
   * @param text The reason, for people.
   * @returns Settles when the connection is closed.
   */
  close(text: string): Promise<void> {
    if (this.#state === "up") {
      this.#state = "closing";
      const frame = goodbyeFrame({ reason: GoodbyeReason.SHUTDOWN, code: "UNAVAILABLE", text });
      void this.#writer.finish(frame, false);
      this.#closeTimer = this.#outside.after(this.#timings.closeMs, () => {
        this.#end(lost(this.peer.name, `this server closed it: ${text}`));
        this.#closeConn();
      });
    }
    return this.gone;
  }

  /**
   * Ends the link at once; the peer is told why, if it still listens.
   *
   * @param reason One of {@linkcode GoodbyeReason}.
   * @param code What calls on this link end with.
   * @param text The reason, for people.
   */
  terminate(reason: number, code: Code, text: string): void {
    if (this.#state === "ended") return;
    this.#end(lost(this.peer.name, text), { reason, code, text });
  }

  async #read(): Promise<void> {
    const parser = this.#parser;
    try {
      this.#dispatch(true); // what came behind the handshake, in the same read
      if (parser.fault !== undefined) this.#violation(describeFrameFault(parser.fault));
      for (;;) {
        const count = await this.#conn.read(parser.readable());
        if (count === null) {
          this.#end(lost(this.peer.name, "the other side closed it"));
          break;
        }
        if (this.#state === "ended") {
          parser.clear();
          continue; // until the other side has read the GOODBYE and ends, too
        }
        this.#heartbeat.heard();
        this.bytesIn += count;
        parser.advance(count);
        this.framesIn += parser.frames;
        this.#dispatch(parser.controlFrames > 0);
        if (parser.fault !== undefined) this.#violation(describeFrameFault(parser.fault));
      }
    } catch (error) {
      this.#end(lost(this.peer.name, "reading from it failed", error));
    }
    this.#closeConn();
  }

  #dispatch(mixed: boolean): void {
    const { start, end } = this.#parser;
    if (start === end) return;
    if (mixed) this.#walk(start, end);
    else this.#deliver(start, end);
  }

  /** Delivers the runs of call frames between control frames, in the order of arrival. */
  #walk(start: number, end: number): void {
    const { bytes, words } = this.#parser;
    const frame = this.#frame.over(bytes, words, start, end);
    let run = start;
    while (this.#state !== "ended" && frame.advance()) {
      if (frame.kind < CONTROL_KIND_MIN) continue;
      if (run < frame.at) this.#deliver(run, frame.at);
      run = frame.next;
      this.#control(frame);
    }
    if (run < frame.next) this.#deliver(run, frame.next);
  }

  #deliver(start: number, end: number): void {
    if (this.#state === "ended") return;
    try {
      this.#events.frames(this, this.#parser, start, end);
    } catch (error) {
      this.#log.error("a link's frames made the proxy fail", { peer: this.peer.name, error });
      this.terminate(GoodbyeReason.INTERNAL, "INTERNAL", "the proxy failed on its frames");
    }
  }

  #control(frame: FrameView): void {
    if (this.#state === "ended") return;
    const { bodyBytes } = frame;
    switch (frame.kind) {
      case FrameKind.PING:
        if (bodyBytes !== 8) return this.#violation(`PING of ${bodyBytes} bytes`);
        this.#clock.sample(
          this.#clockUs(frame.start) / 1_000,
          this.#outside.now() + this.#outside.machineOffsetMs,
          this.rttMs,
        );
        // Full: the peer sends and does not read. Its heartbeat time-out will tell it.
        if (this.#writer.control.append(FrameKind.PONG, 0, 0, frame.copy())) {
          this.#writer.schedule();
        }
        return;
      case FrameKind.PONG:
        if (bodyBytes !== 8) return this.#violation(`PONG of ${bodyBytes} bytes`);
        return this.#heartbeat.pong(this.#clockUs(frame.start));
      case FrameKind.UPDATE:
        return this.#update(frame);
      case FrameKind.GOODBYE: {
        const goodbye = parseGoodbye(frame.bytes, frame.start, frame.end);
        if (goodbye === undefined) return this.#violation("malformed GOODBYE");
        this.#end(lost(this.peer.name, `the other side closed it: ${goodbye.text}`));
        return this.#closeConn();
      }
      default:
        return this.#violation(`frame of kind ${frame.kind} after the handshake`);
    }
  }

  #update(frame: FrameView): void {
    const offers = this.#offers;
    const state = offers.push(frame);
    if (state === "fault") return this.#violation(`UPDATE: ${offers.fault}`);
    if (state === "incomplete") return;
    const offer = parseOffer(offers.bytes, offers.start, offers.end);
    offers.clear();
    if (offer === undefined) return this.#violation("malformed UPDATE");
    this.peer.services = offer.services;
    this.peer.draining = offer.draining;
    this.#events.update(this);
  }

  #ping(clockUs: number): void {
    const { control } = this.#writer;
    const at = control.reserve(FrameKind.PING, 0, 0, 8);
    if (at < 0) return;
    control.words[at >> 2] = clockUs % 0x1_0000_0000;
    control.words[(at >> 2) + 1] = clockUs / 0x1_0000_0000;
    this.#writer.schedule();
  }

  #clockUs(at: number): number {
    const { words } = this.#parser;
    return words[at >> 2]! + words[(at >> 2) + 1]! * 0x1_0000_0000; // eight bytes, as was looked
  }

  #violation(text: string): void {
    if (this.#state === "ended") return;
    this.#log.warn("a link broke the protocol and is closed", {
      peer: this.peer.name,
      address: this.address,
      fault: text,
    });
    this.terminate(GoodbyeReason.PROTOCOL, "UNAVAILABLE", `it broke the protocol: ${text}`);
  }

  /** up, closing → ended. With `goodbye` the connection lives on until the peer has heard it. */
  #end(error: MeshError, goodbye?: Goodbye): void {
    if (this.#state === "ended") return;
    this.#state = "ended";
    this.#heartbeat.stop();
    this.#outside.cancel(this.#closeTimer);
    if (goodbye === undefined) {
      this.#writer.abandon();
      this.#closeConn();
    } else {
      this.#closeTimer = this.#outside.after(this.#timings.closeMs, () => this.#closeConn());
      void this.#writer.finish(goodbyeFrame(goodbye), true);
    }
    this.#events.down(this, error);
  }

  /** ended → gone. */
  #closeConn(): void {
    if (this.#connClosed) return;
    this.#connClosed = true;
    this.#outside.cancel(this.#closeTimer);
    this.#writer.abandon();
    try {
      this.#conn.close();
    } catch {
      // Closed by its former owner, whose handshake ended in the same moment.
    }
    this.#gone.resolve();
  }
}

function lost(peer: string, text: string, cause?: unknown): MeshError {
  const detail = cause instanceof Error ? ` (${cause.message})` : "";
  return new MeshError("UNAVAILABLE", `the link with ${peer} ended: ${text}${detail}`, {
    server: peer,
    ...(cause === undefined ? {} : { cause }),
  });
}
