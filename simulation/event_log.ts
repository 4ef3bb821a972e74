/**
 * What happened in a run, line by line: the same seed gives the same lines, byte for byte.
 *
 * @module
 */
import type { Observation } from "./auditor/observation.ts";
import { Digest } from "./digest.ts";

/** Where this copy of the sources is: its path is not the run's business. */
const ROOT = new URL("../", import.meta.url).href;
/** Lines of a stack within JSON: they change with every line of the sources. */
const STACK = /(\\n\s+at [^"\\]*)+/g;

/** Keeps what was observed, and gives it out as lines, or as a digest of all of them. */
export class EventLog {
  readonly #observations: Observation[] = [];
  /** Of all bytes that travelled, and of when and where they did. */
  readonly #bytes = new Digest();

  /** Something was seen. */
  add(observation: Observation): void {
    if (observation.type !== "bytes") return void this.#observations.push(observation);
    const { ms, wire, from, bytes } = observation;
    this.#bytes.number(ms);
    this.#bytes.number(wire);
    this.#bytes.number(from.length);
    this.#bytes.bytes(bytes);
  }

  /** All lines. */
  lines(): string[] {
    const lines = this.#observations.map(lineOf);
    lines.push(`bytes on links: ${this.#bytes}`);
    return lines;
  }

  /** A number by which the logs of two runs can be compared. */
  digest(): string {
    const digest = new Digest();
    digest.bytes(new TextEncoder().encode(this.lines().join("\n")));
    return digest.toString();
  }

  /** The lines of some calls, and of everything that is not about a call. */
  around(calls: ReadonlySet<number>): string[] {
    return this.#observations
      .filter((one) => !("call" in one) || calls.has(one.call))
      .filter(({ type }) => type !== "left" && type !== "stalled")
      .map(lineOf);
  }
}

function lineOf(observation: Observation): string {
  const { type, ...rest } = observation;
  const ms = "ms" in rest ? rest.ms.toFixed(3).padStart(11) : " ".repeat(11);
  const fields = Object.entries(rest)
    .filter(([name, value]) => name !== "ms" && value !== undefined && value !== "")
    .map(([name, value]) => `${name}=${typeof value === "number" ? +value.toFixed(3) : value}`);
  return `${ms} ${type} ${fields.join(" ")}`.replaceAll(ROOT, "").replace(STACK, "");
}
