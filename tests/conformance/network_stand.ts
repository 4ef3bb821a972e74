/**
 * A network for tests: TCP over loopback, or the simulation's.
 *
 * @module
 */
import type { Address } from "../../address.ts";
import { assert } from "@std/assert";
import type { Connection, ConnectionListener, Network } from "../../proxy/link/network.ts";
import { tcp } from "../../proxy/link/tcp.ts";
import { Dice } from "../../simulation/dice.ts";
import { SimNetwork } from "../../simulation/network.ts";
import { Machine, SimProcess } from "../../simulation/process.ts";
import { World } from "../../simulation/world.ts";
import { within } from "./slot_fixture.ts";

/** Two ends of a connection: who dialled, and who was dialled. */
export interface Ends {
  readonly near: Connection;
  readonly far: Connection;
}

/** Opens pairs of connections, and closes all of them. */
export abstract class NetworkStand implements AsyncDisposable {
  readonly #open = new DisposableStack();

  /** The network of who dials, and of who listens. */
  abstract readonly near: Network;
  abstract readonly far: Network;
  /** Where one may listen; port 0 means any. */
  abstract readonly place: Address;
  /** Most bytes that were written and not read, for all of them to be under way. */
  abstract readonly underWayMaxBytes: number;

  /** The outcome of a promise; time passes until it is there. */
  abstract settled<T>(promise: Promise<T>): Promise<T>;
  /** Waits long enough that what has not happened will not happen by itself. */
  abstract settle(): Promise<void>;

  /** A listener that is closed with the stand. */
  listen(place = this.place): ConnectionListener {
    const listener = this.far.listen(place);
    this.closeLater(listener);
    return listener;
  }

  /** A connection to a listener. */
  async pair(listener = this.listen()): Promise<Ends> {
    const [far, near] = await this.settled(Promise.all([listener.accept(), this.dial(listener)]));
    this.closeLater(far);
    return { near, far };
  }

  /** Dials a listener. */
  async dial(listener: ConnectionListener): Promise<Connection> {
    const near = await this.near.connect(listener.addr, new AbortController().signal);
    this.closeLater(near);
    return near;
  }

  /** Closes something in the end, if the test has not. */
  closeLater(open: { close(): void }): void {
    this.#open.defer(() => {
      try {
        open.close();
      } catch {
        // The test has closed it.
      }
    });
  }

  /** Reads until so many bytes are there, or the connection ends. */
  async readAll(from: Connection, count: number, pieceBytes = 1_024): Promise<Uint8Array> {
    const all = new Uint8Array(count);
    let at = 0;
    while (at < count) {
      const piece = new Uint8Array(Math.min(pieceBytes, count - at));
      const read = await this.settled(from.read(piece));
      if (read === null) break;
      assert(read > 0 && read <= piece.length, `read ${read} of ${piece.length} bytes`);
      all.set(piece.subarray(0, read), at);
      at += read;
    }
    return all.subarray(0, at);
  }

  /** Writes everything. */
  async writeAll(to: Connection, bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      const written = await to.write(bytes.subarray(at));
      assert(written > 0 && written <= bytes.length - at, `wrote ${written} bytes`);
      at += written;
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#open.dispose();
    return this.settle();
  }
}

/** Round trips of a connection of their own, in which whatever was under way elsewhere arrives. */
const ROUND_TRIPS = 20;

class RealNetwork extends NetworkStand {
  readonly near = tcp;
  readonly far = tcp;
  readonly place = { hostname: "127.0.0.1", port: 0 };
  readonly underWayMaxBytes = 64 * 1024 * 1024;

  settled<T>(promise: Promise<T>): Promise<T> {
    return within(promise, "an outcome");
  }

  async settle(): Promise<void> {
    using listener = Deno.listen(this.place);
    const [far, near] = await Promise.all([
      listener.accept(),
      Deno.connect({ ...this.place, port: listener.addr.port }),
    ]);
    const byte = new Uint8Array(1);
    for (let i = 0; i < ROUND_TRIPS; i++) {
      for (const [from, to] of [[near, far], [far, near]] as const) {
        await from.write(byte);
        await to.read(byte);
      }
    }
    near.close();
    far.close();
  }
}

class SimulatedNetwork extends NetworkStand {
  readonly near: Network;
  readonly far: Network;
  readonly place = { hostname: "far", port: 0 };
  readonly underWayMaxBytes = 256 * 1024;
  readonly #world = new World();

  constructor(seed: number) {
    super();
    const dice = new Dice(seed);
    const settings = {
      dice: dice.for("pipes"),
      minMs: 0.05,
      maxMs: 3,
      pieceMaxBytes: 40_000,
      windowBytes: this.underWayMaxBytes,
    };
    const network = new SimNetwork(dice.for("network"), settings);
    const [near, far] = ["near", "far"].map((name) =>
      network.of(new SimProcess(name, new Machine(this.#world, 0), dice.for(name)))
    );
    this.near = near!;
    this.far = far!;
  }

  async settled<T>(promise: Promise<T>): Promise<T> {
    let there = false;
    const see = () => void (there = true);
    promise.then(see, see);
    for (let i = 0; !there && i < 20_000; i++) await this.#world.run(this.#world.nowMs + 1);
    assert(there, "an outcome: it will not come");
    return await promise;
  }

  settle(): Promise<void> {
    return this.#world.run(this.#world.nowMs + 1_000);
  }
}

/** Registers a test for the real network, and for the simulated one with several seeds. */
export function networkTest(
  name: string,
  test: (stand: NetworkStand) => Promise<void>,
  seeds = 5,
): void {
  Deno.test(`real network: ${name}`, async () => {
    await using stand = new RealNetwork();
    await test(stand);
  });
  Deno.test(`simulated network: ${name}`, async () => {
    for (let seed = 1; seed <= seeds; seed++) {
      await using stand = new SimulatedNetwork(seed);
      await test(stand);
    }
  });
}
