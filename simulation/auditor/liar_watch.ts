/**
 * Servers that lie to their peers, and the calls that they had to do with: of those nothing is promised but that they
 * end once, and in time.
 *
 * @module
 */
import type { Seen } from "./calls.ts";
import { FrameReader, type FrameStart } from "./frame_reader.ts";
import type { Begun, Made, Observation } from "./observation.ts";

const REQUEST = 1;
const FIRST = 1;

/** Knows the servers that lie, and the calls that passed through one. */
export class LiarWatch {
  readonly #processes = new Set<string>();
  readonly #servers = new Set<string>();
  /** Connections with a liar. */
  readonly #wires = new Set<number>();
  readonly #readers = new Map<string, FrameReader>();
  /** Request ids that went to liars or came from them, and those that came. */
  readonly #ids = new Set<bigint>();
  readonly #came = new Set<bigint>();
  /** Liars are asked, too. */
  #answers = false;

  /** Whether anybody lies. */
  get any(): boolean {
    return this.#servers.size > 0;
  }

  /** Something was seen. */
  see(observation: Observation): void {
    if (observation.type === "liar") {
      if (observation.to === "its peers") {
        this.#processes.add(observation.process);
        this.#servers.add(serverOf(observation.process));
      }
    } else if (observation.type === "bytes" && this.any) {
      const { from, to, wire, bytes } = observation;
      if (!this.#processes.has(from) && !this.#processes.has(to)) return;
      this.#wires.add(wire);
      const name = `${wire} ${from}`;
      let reader = this.#readers.get(name);
      if (reader === undefined) this.#readers.set(name, reader = new FrameReader());
      reader.push(bytes, (frame) => this.#frame(frame, from, to), () => {});
    }
  }

  /** Whether one end of a connection lies, or its other end is lied to. */
  wire(wire: number | string): boolean {
    return typeof wire === "number" && this.#wires.has(wire);
  }

  /** Whether a request went to a liar, or came from one. */
  knows(id: bigint): boolean {
    return this.#ids.has(id);
  }

  /**
   * Whether a handler began for what a liar invented, and not for the call that it names.
   *
   * @param begun The handler's beginning.
   * @param made That call; `undefined`: nobody made it.
   */
  invented(begun: Begun, made: Made | undefined): boolean {
    if (!this.any || !this.#came.has(idOf(begun))) return false;
    // Whose handlers work for a liar make onward calls for it.
    return made === undefined || !(this.#servers.has(made.server) || made.manner === "onward");
  }

  /** Whether a call may have had to do with a liar. */
  touched({ made, begun }: Seen): boolean {
    if (!this.any) return false;
    const { server, owner, hedged, manner } = made;
    if (this.#servers.has(server)) return true;
    if (begun.some((one) => this.#servers.has(one.server) || this.knows(idOf(one)))) return true;
    if (begun.length > 0 && !hedged && manner !== "broadcast") return false;
    // Its request ids are not known, or not all of them; or nobody else was there to be asked.
    return this.#answers && (owner === undefined || this.#servers.has(owner));
  }

  #frame({ kind, flags, body }: FrameStart, from: string, to: string): void {
    if (kind !== REQUEST || (flags & FIRST) === 0) return;
    const id = body.getBigUint64(8, true);
    this.#ids.add(id);
    if (this.#processes.has(from)) this.#came.add(id);
    if (this.#processes.has(to)) this.#answers = true;
  }
}

function idOf({ requestId }: Begun): bigint {
  return BigInt(`0x${requestId}`);
}

function serverOf(process: string): string {
  return process.split("/")[0]!;
}
