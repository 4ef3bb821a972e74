/**
 * A stand-in for the network: connections whose bytes arrive in pieces of any size, late, or not at all.
 *
 * @module
 */
import { type Address, formatAddress } from "../address.ts";
import type { Connection, ConnectionListener, Network } from "../proxy/link/network.ts";
import type { Dice } from "./dice.ts";
import { Pipe, type PipeSettings } from "./pipe.ts";
import type { SimProcess } from "./process.ts";

/** Two ends of one connection. */
export class Wire {
  /** From the dialling side, and to it. */
  readonly pipes: readonly [Pipe, Pipe];
  ended = false;

  /**
   * @param index Its number among all of the network's.
   * @param dialler Process of the side that dialled.
   * @param acceptor Of the other.
   * @param settings How bytes travel.
   */
  constructor(
    readonly index: number,
    readonly dialler: SimProcess,
    readonly acceptor: SimProcess,
    settings: PipeSettings,
  ) {
    this.pipes = [
      new Pipe(dialler, acceptor, settings),
      new Pipe(acceptor, dialler, settings),
    ];
  }

  /** Whether it is between these two. */
  joins(one: SimProcess, other: SimProcess): boolean {
    return (this.dialler === one && this.acceptor === other) ||
      (this.dialler === other && this.acceptor === one);
  }

  /** It breaks: both sides see a reset. */
  cut(): void {
    this.ended = true;
    for (const pipe of this.pipes) pipe.reset();
  }
}

class SimConnection implements Connection {
  #closed = false;

  constructor(
    readonly wire: Wire,
    readonly remoteAddr: Deno.NetAddr,
    private readonly incoming: Pipe,
    private readonly outgoing: Pipe,
    private readonly network: SimNetwork,
  ) {
    network.onEnds?.(outgoing.writer, wire, "opened");
  }

  read(into: Uint8Array): Promise<number | null> {
    if (this.#closed) return Promise.reject(closed());
    return this.incoming.read(into);
  }

  write(bytes: Uint8Array): Promise<number> {
    if (this.#closed) return Promise.reject(closed());
    return this.outgoing.write(bytes);
  }

  closeWrite(): Promise<void> {
    if (this.#closed) return Promise.reject(closed());
    this.outgoing.end();
    return Promise.resolve();
  }

  setNoDelay(): void {
    if (this.#closed) throw closed();
  }

  close(): void {
    if (this.#closed) throw closed();
    this.#closed = true;
    this.network.onEnds?.(this.outgoing.writer, this.wire, "closed");
    this.wire.ended = true;
    this.outgoing.end(this.incoming.readerGone());
  }
}

class SimListener implements ConnectionListener {
  readonly #waiting: PromiseWithResolvers<Connection>[] = [];
  readonly #queue: SimConnection[] = [];
  #closed = false;

  constructor(
    readonly addr: Deno.NetAddr,
    readonly process: SimProcess,
    readonly onClose: () => void,
  ) {}

  offer(connection: SimConnection): void {
    if (this.#closed) return connection.wire.cut();
    const waiter = this.#waiting.shift();
    if (waiter === undefined) this.#queue.push(connection);
    else waiter.resolve(connection);
  }

  accept(): Promise<Connection> {
    if (this.#closed) return Promise.reject(listenerClosed());
    const connection = this.#queue.shift();
    if (connection !== undefined) return Promise.resolve(connection);
    const waiter = Promise.withResolvers<Connection>();
    this.#waiting.push(waiter);
    return waiter.promise;
  }

  close(): void {
    if (this.#closed) throw closed();
    this.#closed = true;
    this.onClose();
    for (const waiter of this.#waiting) waiter.reject(listenerClosed());
    for (const { wire } of this.#queue) wire.cut();
  }
}

/** What one network has: its listeners and its connections. */
export class SimNetwork {
  readonly wires: Wire[] = [];
  readonly listeners = new Map<string, SimListener>();
  /** Sees all bytes that arrive. */
  onBytes: ((from: SimProcess, to: SimProcess, wire: Wire, bytes: Uint8Array) => void) | undefined;
  /** Sees who gets an end of a connection, and who closes it. */
  onEnds: ((process: SimProcess, wire: Wire, what: "opened" | "closed") => void) | undefined;
  /** Told of each new connection, before a byte is on it. */
  onWire: ((wire: Wire) => void) | undefined;
  #port = 40_000;

  /**
   * @param dice Its chance.
   * @param settings How bytes travel.
   */
  constructor(readonly dice: Dice, readonly settings: PipeSettings) {}

  /** The network as one process sees it. */
  of(process: SimProcess): Network {
    return {
      connect: (to, signal) => this.#connect(process, to, signal),
      listen: (at) => this.#listen(process, at),
    };
  }

  /** Connections of these two that have not ended. */
  between(one: SimProcess, other: SimProcess): Wire[] {
    return this.wires.filter((wire) => !wire.ended && wire.joins(one, other));
  }

  /** A process has gone with its machine: nobody hears of it, and another one may listen where it did. */
  vanished(process: SimProcess): void {
    for (const [key, listener] of this.listeners) {
      if (listener.process === process) this.listeners.delete(key);
    }
  }

  /** A process has died: its kernel closes what it had. */
  died(process: SimProcess): void {
    this.vanished(process);
    for (const wire of this.wires) {
      if (wire.ended || (wire.dialler !== process && wire.acceptor !== process)) continue;
      wire.ended = true;
      const [there, back] = wire.pipes;
      const [outgoing, incoming] = there.writer === process ? [there, back] : [back, there];
      outgoing.end(incoming.readerGone());
    }
  }

  #listen(process: SimProcess, at: Address): ConnectionListener {
    const { hostname } = at;
    const port = at.port === 0 ? this.#port++ : at.port;
    const key = formatAddress({ hostname, port });
    if (this.listeners.has(key)) {
      throw new Deno.errors.AddrInUse("Address already in use (os error 98)");
    }
    const addr: Deno.NetAddr = { transport: "tcp", hostname, port };
    const listener = new SimListener(addr, process, () => this.listeners.delete(key));
    this.listeners.set(key, listener);
    return listener;
  }

  #connect(process: SimProcess, to: Address, signal: AbortSignal): Promise<Connection> {
    if (signal.aborted) return Promise.reject(signal.reason);
    const { promise, resolve, reject } = Promise.withResolvers<Connection>();
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    process.soon(this.#delay(), () => {
      if (signal.aborted) return;
      const listener = this.listeners.get(formatAddress(to));
      if (listener === undefined || listener.process.dead) {
        const text = "Connection refused (os error 111)";
        return void reject(new Deno.errors.ConnectionRefused(text));
      }
      const wire = new Wire(this.wires.length, process, listener.process, this.settings);
      this.wires.push(wire);
      const [there, back] = wire.pipes;
      for (const pipe of wire.pipes) {
        pipe.onBytes = (bytes) => this.onBytes?.(pipe.writer, pipe.reader, wire, bytes);
      }
      this.onWire?.(wire);
      const hostname = "10.0.0.1";
      const theirs: Deno.NetAddr = { transport: "tcp", hostname, port: this.#port++ };
      listener.process.soon(this.#delay(), () => {
        listener.offer(new SimConnection(wire, theirs, there, back, this));
      });
      resolve(new SimConnection(wire, { transport: "tcp", ...to }, back, there, this));
    });
    return promise;
  }

  #delay(): number {
    const { minMs, maxMs } = this.settings;
    return this.dice.between(minMs, maxMs);
  }
}

function closed(): Error {
  return new Deno.errors.BadResource("Bad resource ID");
}

function listenerClosed(): Error {
  return new Deno.errors.BadResource("Listener has been closed");
}
