/**
 * The life of links: who is silent for too long is given up, who is not is kept, and everybody speaks now and then.
 *
 * @module
 */
import type { Calls } from "./calls.ts";
import type { FrameStart } from "./frame_reader.ts";
import type { Observation } from "./observation.ts";
import type { Conversation, Direction } from "./wire_checks.ts";

const AUTH = 17, WELCOME = 18, GOODBYE = 19, PING = 20;
/** Reasons of a GOODBYE. */
const PROTOCOL = 7, TIMEOUT = 8, INTERNAL = 11;
/** A handshake must be over, in ms. */
const HANDSHAKE_MS = 3_000;
const HEARTBEAT_MS = 1_000;
const SILENCE_MS = 3_500;
/** Silence is looked for twice per heartbeat; then the connection may live on for a last word. In ms. */
const NOTICED_MS = HEARTBEAT_MS / 2 + 1_000;
/** Timers are late, bytes are under way, and other frames go before a PING. In ms. */
const SLACK_MS = 400;

/** One side of a connection. */
interface Side {
  readonly wire: number;
  readonly process: string;
  readonly openedMs: number;
  heardMs: number;
  pingMs: number | undefined;
  welcomed: boolean;
  /** Its peer has proved that it knows the secret. */
  proved: boolean;
  closedMs: number | undefined;
}

/** Notes when each end of a link spoke and heard, and faults a link that ends too early or too late. */
export class LinkCheck {
  /** By process, by connection. */
  readonly #sides = new Map<string, Side>();
  readonly #calls: Calls;
  readonly #distanceMs: number;
  readonly #secret: boolean;
  readonly #liars: ReadonlySet<string>;
  readonly #strangers = new Set<string>();
  /** Judged at the end, when it is known what was disturbed. */
  readonly #doubts: { readonly text: string; excused(): boolean }[] = [];
  readonly #faults: string[] = [];

  /**
   * @param calls Knows what was disturbed.
   * @param terms Longest way of a byte, and whether all servers share a secret.
   * @param liars Processes that send nonsense.
   */
  constructor(
    calls: Calls,
    { distanceMs, secret }: { readonly distanceMs: number; readonly secret: boolean },
    liars: ReadonlySet<string>,
  ) {
    this.#calls = calls;
    this.#distanceMs = distanceMs;
    this.#secret = secret;
    this.#liars = liars;
  }

  /** Something was seen. */
  see(observation: Observation): void {
    if (observation.type === "wire") {
      const { ms, wire, process, what } = observation;
      const key = `${wire} ${process}`;
      if (what === "opened") {
        this.#sides.set(key, {
          wire,
          process,
          openedMs: ms,
          heardMs: ms,
          pingMs: undefined,
          welcomed: false,
          proved: false,
          closedMs: undefined,
        });
        return;
      }
      const side = this.#sides.get(key);
      if (side === undefined || side.closedMs !== undefined) return;
      this.#silence(side, ms);
      side.closedMs = ms;
    } else if (observation.type === "liar") {
      if (observation.to === "strangers") this.#strangers.add(observation.process);
    } else if (observation.type === "bytes") {
      const { ms, wire, to } = observation;
      const side = this.#sides.get(`${wire} ${to}`);
      if (side === undefined || side.closedMs !== undefined) return;
      this.#silence(side, ms);
      side.heardMs = ms;
    }
  }

  /** A frame was seen. */
  frame({ kind, body }: FrameStart, ms: number, { name }: Conversation, there: Direction): void {
    if (kind !== AUTH && kind !== WELCOME && kind !== PING && kind !== GOODBYE) return;
    const { from, to } = there;
    if (kind === WELCOME && this.#strangers.has(to)) {
      this.#faults.push(`at ${ms.toFixed(1)}, ${from} lets ${to} in, who is no server`);
    }
    const side = this.#sides.get(`${name} ${to}`);
    if (side === undefined || this.#liars.has(from) || this.#liars.has(to)) return;
    if (kind === AUTH) side.proved = true;
    else if (kind === WELCOME) {
      side.welcomed = true;
      if (this.#secret && !side.proved) {
        this.#faults.push(`at ${ms.toFixed(1)}, ${from} is welcome to ${to} without a proof`);
      }
    } else if (kind === PING) {
      const { pingMs } = side;
      side.pingMs = ms;
      if (pingMs === undefined || side.closedMs !== undefined) return;
      const mostMs = HEARTBEAT_MS + this.#distanceMs + SLACK_MS;
      if (ms - pingMs > mostMs) {
        const text = `${from} sent ${to} no PING for ${(ms - pingMs).toFixed(0)} ms`;
        this.#doubt(pingMs - mostMs, ms, [from, to], text);
      }
    } else {
      const reason = body.getUint8(0);
      if (reason === TIMEOUT) {
        const text = `${from} gave up ${to}, which was there`;
        this.#doubt(ms - SILENCE_MS - SLACK_MS, ms, [from, to], text);
      } else if (reason === PROTOCOL || reason === INTERNAL) {
        this.#faults.push(
          `at ${ms.toFixed(1)}, ${from} says GOODBYE to ${to} for reason ${reason}`,
        );
      }
    }
  }

  /** What was wrong, in words. */
  faults(endMs: number): string[] {
    for (const side of this.#sides.values()) {
      if (side.closedMs === undefined) this.#silence(side, endMs);
    }
    const wrong = this.#doubts.filter((doubt) => !doubt.excused()).map(({ text }) => text);
    return [...this.#faults, ...wrong];
  }

  /** Up to now this side heard nothing more: was it still there? */
  #silence(side: Side, ms: number): void {
    const { wire, process, openedMs, heardMs } = side;
    if (this.#liars.has(process)) return;
    // What it was told by a liar was not judged.
    const welcomed = side.welcomed || this.#calls.liars.wire(wire);
    const died = this.#calls.deaths.get(process)?.ms ?? Infinity;
    const untilMs = Math.min(ms, died);
    const silentMs = untilMs - heardMs;
    if (silentMs > SILENCE_MS + NOTICED_MS + SLACK_MS) {
      this.#late(side, heardMs, untilMs, `heard nothing for ${silentMs.toFixed(0)} ms`);
    } else if (!welcomed && untilMs - openedMs > HANDSHAKE_MS + NOTICED_MS + SLACK_MS) {
      this.#late(side, openedMs, untilMs, "waits for the end of a handshake");
    }
  }

  /** A process that itself stood still may be late. */
  #late({ process }: Side, fromMs: number, toMs: number, text: string): void {
    this.#doubts.push({
      text: `at ${toMs.toFixed(1)}, ${process} ${text}, and keeps the connection`,
      excused: () => this.#calls.stalledMs(process, fromMs, toMs) > 0,
    });
  }

  #doubt(fromMs: number, toMs: number, sides: readonly string[], text: string): void {
    const servers = sides.map((process) => process.split("/")[0]!);
    this.#doubts.push({
      text: `at ${toMs.toFixed(1)}, ${text}`,
      excused: () => !this.#calls.calmFor(servers, fromMs, toMs),
    });
  }
}
