/**
 * Keeps one configured address connected: dials, waits while there is a link with the server behind it, dials again.
 *
 * @module
 */
import { textOf } from "../../boundary/text.ts";
import { Backoff } from "../../outside/backoff.ts";
import type { Outside } from "../../outside/outside.ts";
import { pause } from "../../outside/pause.ts";
import type { Log } from "../../client/types.ts";
import { GoodbyeReason } from "../../wire/link_messages.ts";
import { HandshakeRefusal } from "./handshake.ts";
import type { Link } from "./link.ts";
import type { LinkRegistry } from "./registry.ts";
import type { LinkTimings } from "./timings.ts";

/** How it stands with one configured address. */
export interface AddressStatus {
  /** As configured. */
  readonly address: string;
  /** `stopped`: this server itself is behind it, it is not dialled any more. */
  readonly state: "connecting" | "waiting" | "connected" | "stopped";
  /** The server behind it, when known. */
  readonly peer: string | undefined;
  /** Why the last attempt failed; `undefined` after a good one. */
  readonly error: string | undefined;
  /** Attempts that failed, or gave a link that broke at once, since it was connected well; 0 while it is connected. */
  readonly failures: number;
}

/** What a dialler is made of. */
export interface DiallerParts {
  readonly address: string;
  readonly registry: LinkRegistry;
  readonly timings: LinkTimings;
  /** Clock, timers and chance. */
  readonly outside: Outside;
  readonly log: Log;
  /** One attempt: connection, handshake, link. Fails with a {@linkcode HandshakeRefusal}. */
  readonly connect: (address: string, signal: AbortSignal) => Promise<Link>;
  /** Called when the state is another one. */
  readonly changed: () => void;
}

/** One configured address: the server behind it, when that is known, and how often it could not be reached. */
export class LinkDialler {
  readonly #parts: DiallerParts;
  readonly #stop = new AbortController();
  #state: AddressStatus["state"] = "connecting";
  #peer: string | undefined;
  #error: string | undefined;
  readonly #backoff: Backoff;
  #done: Promise<void> = Promise.resolve();

  /** @param parts See {@linkcode DiallerParts}; nothing happens before {@linkcode start}. */
  constructor(parts: DiallerParts) {
    this.#parts = parts;
    const { timings: { reconnectMinMs, reconnectMaxMs }, outside } = parts;
    this.#backoff = new Backoff(
      { minMs: reconnectMinMs, maxMs: reconnectMaxMs, jitter: 1 },
      outside,
    );
  }

  /** How it stands. */
  get status(): AddressStatus {
    return {
      address: this.#parts.address,
      state: this.#state,
      peer: this.#peer,
      error: this.#error,
      failures: this.#state === "connected" ? 0 : this.#backoff.failures,
    };
  }

  /** Begins to dial. */
  start(): void {
    this.#done = this.#run();
  }

  /** Ends dialling; a link that is up stays. Settles when nothing is under way any more. */
  stop(): Promise<void> {
    this.#stop.abort();
    return this.#done;
  }

  async #run(): Promise<void> {
    const { address, registry, timings, log, connect, outside } = this.#parts;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      if (this.#peer !== undefined && registry.get(this.#peer) !== undefined) {
        this.#become("connected");
        this.#error = undefined;
        const since = outside.now();
        await registry.ended(this.#peer, signal);
        // A link that breaks again and again soon after its handshake must not be dialled at full speed.
        if (outside.now() - since > timings.reconnectMaxMs) this.#backoff.reset();
        else this.#backoff.failed();
        this.#become("waiting");
        await this.#pause();
        continue;
      }
      this.#become("connecting");
      try {
        const link = await connect(address, signal);
        this.#peer = link.peer.name;
        continue;
      } catch (error) {
        if (signal.aborted) return;
        const refusal = error instanceof HandshakeRefusal ? error : undefined;
        if (refusal?.reason === GoodbyeReason.SELF) {
          this.#become("stopped");
          this.#error = "this address is the server itself";
          log.warn("a configured address is this server itself and is not dialled any more", {
            address,
          });
          return;
        }
        this.#peer = refusal?.peerName ?? this.#peer;
        if (refusal?.reason === GoodbyeReason.DUPLICATE) {
          // Normal: there is a link with this server, or there will be one in a moment.
          if (this.#peer !== undefined && registry.get(this.#peer) !== undefined) continue;
          this.#backoff.failed();
        } else this.#failed(error);
      }
      this.#become("waiting");
      await this.#pause();
    }
  }

  #become(state: AddressStatus["state"]): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#parts.changed();
  }

  #failed(error: unknown): void {
    const { address, log } = this.#parts;
    const text = textOf(error);
    const news = text !== this.#error;
    this.#error = text;
    this.#backoff.failed();
    log[news ? "warn" : "debug"]("a server cannot be reached and is dialled again", {
      address,
      error: text,
      failures: this.#backoff.failures,
    });
  }

  #pause(): Promise<void> {
    return pause(this.#parts.outside, this.#backoff.pauseMs(), this.#stop.signal);
  }
}
