/**
 * Connections that are no link yet, or will never be one: bounded in time and number, never lost sight of.
 *
 * @module
 */
import { textOf } from "../../boundary/text.ts";
import { reached } from "../../limits/reached.ts";
import type { Outside } from "../../outside/outside.ts";
import type { Connection } from "./network.ts";
import { MeshError } from "../../errors.ts";
import { GoodbyeReason } from "../../wire/link_messages.ts";
import { Handshake, HandshakeRefusal, type HandshakeSelf } from "./handshake.ts";
import { goodbyeFrame } from "./control_frames.ts";
import type { LinkTimings } from "./timings.ts";

/** How often what went wrong, since the start. */
export interface ConnectionCounters {
  /** Refused by this server, for whatever reason. */
  refused: number;
  /** Of these: the handshake took too long. */
  timedOut: number;
  /** Of these: too many were in their handshake. */
  busy: number;
  /** Of these: what came was not the protocol. */
  garbage: number;
  /** Of these: the proof of the shared secret was missing or wrong. */
  unauthenticated: number;
}

/** Runs handshakes in their time, turns away what is too much, and closes what does not become a link. */
export class LinkConnections {
  /** See {@linkcode ConnectionCounters}. */
  readonly counters: ConnectionCounters = {
    refused: 0,
    timedOut: 0,
    busy: 0,
    garbage: 0,
    unauthenticated: 0,
  };
  readonly #timings: LinkTimings;
  readonly #outside: Outside;
  readonly #conns = new Set<Connection>();
  readonly #tasks = new Set<Promise<unknown>>();
  #accepted = 0;
  #closed = false;

  /** @param timings Times and the bound of handshakes. */
  constructor(timings: LinkTimings, outside: Outside) {
    this.#outside = outside;
    this.#timings = timings;
  }

  /** Accepted connections in their handshake. */
  get handshakes(): number {
    return this.#accepted;
  }

  /** Whether one more accepted connection may begin its handshake; if not, it is turned away here. */
  admits(conn: Connection): boolean {
    if (this.#accepted < this.#timings.handshakesMax) return true;
    this.counters.refused++;
    this.counters.busy++;
    reached("HANDSHAKES_MAX");
    this.#conns.add(conn);
    this.#watch(this.#farewell(
      conn,
      new HandshakeRefusal(
        GoodbyeReason.BUSY,
        "RESOURCE_EXHAUSTED",
        "too many connections in their handshake",
      ),
    ));
    return false;
  }

  /**
   * Runs a handshake within its time.
   *
   * @param conn The connection; it belongs to whoever `steps` gives it to once they return, and is closed here
   * when they fail.
   * @param side Accepted ones are bounded in number.
   * @param self This server.
   * @param steps The handshake; `inTime` throws when it has been given up meanwhile.
   * @throws {HandshakeRefusal} When it failed.
   */
  async run<T>(
    conn: Connection,
    side: "dialled" | "accepted",
    self: HandshakeSelf,
    steps: (handshake: Handshake, inTime: () => void) => Promise<T>,
  ): Promise<T> {
    const { handshakeMs } = this.#timings;
    let late: HandshakeRefusal | undefined;
    const timer = this.#outside.after(handshakeMs, () => {
      late = new HandshakeRefusal(
        GoodbyeReason.TIMEOUT,
        "DEADLINE_EXCEEDED",
        `the handshake took longer than ${handshakeMs} ms`,
      );
      this.#watch(this.#farewell(conn, late));
    });
    const inTime = (): void => {
      if (late !== undefined) throw late;
      if (this.#closed) throw new HandshakeRefusal(0, "UNAVAILABLE", "this server stops");
    };
    this.#conns.add(conn);
    if (side === "accepted") this.#accepted++;
    try {
      inTime();
      const result = await steps(new Handshake(conn, self), inTime);
      this.#conns.delete(conn);
      return result;
    } catch (error) {
      const refusal = late ?? asRefusal(error);
      if (late === undefined) this.#watch(this.#farewell(conn, refusal));
      this.#count(refusal);
      throw refusal;
    } finally {
      this.#outside.cancel(timer);
      if (side === "accepted") this.#accepted--;
    }
  }

  /** Closes all that are left. Settles when nothing is under way any more. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const conn of this.#conns) this.#closeConn(conn);
    await Promise.all(this.#tasks);
  }

  #count(refusal: HandshakeRefusal): void {
    if (refusal.fromPeer || refusal.reason === 0) return;
    this.counters.refused++;
    if (refusal.reason === GoodbyeReason.TIMEOUT) this.counters.timedOut++;
    if (refusal.reason === GoodbyeReason.PROTOCOL) this.counters.garbage++;
    if (refusal.reason === GoodbyeReason.UNAUTHENTICATED) this.counters.unauthenticated++;
  }

  /** Tells the other side why, waits a little for its end (else the kernel may drop what was told), closes. */
  async #farewell(conn: Connection, refusal: HandshakeRefusal): Promise<void> {
    const { reason, code, message: text, fromPeer } = refusal;
    if (fromPeer || reason === 0 || this.#closed) return this.#closeConn(conn);
    const timer = this.#outside.after(this.#timings.closeMs, () => this.#closeConn(conn));
    try {
      await conn.write(goodbyeFrame({ reason, code, text }));
      await conn.closeWrite();
      const ignored = new Uint8Array(4_096);
      while (await conn.read(ignored) !== null);
    } catch {
      // It is gone already: nobody to tell.
    } finally {
      this.#outside.cancel(timer);
      this.#closeConn(conn);
    }
  }

  #closeConn(conn: Connection): void {
    if (this.#conns.delete(conn)) conn.close();
  }

  #watch(task: Promise<unknown>): void {
    this.#tasks.add(task);
    void task.finally(() => this.#tasks.delete(task));
  }
}

/** What a connection failed with, as a refusal. */
export function asRefusal(error: unknown): HandshakeRefusal {
  if (error instanceof HandshakeRefusal) return error;
  const text = textOf(error);
  return new HandshakeRefusal(0, error instanceof MeshError ? error.code : "UNAVAILABLE", text);
}
