/**
 * What happened in a run, line by line: the same seed gives the same lines, byte for byte.
 *
 * @module
 */
import type { Observation } from "./auditor/observation.ts";

/** See the module's description. */
export class EventLog {
  readonly #observations: Observation[] = [];
  /** Of all bytes that travelled, FNV-1a. */
  #bytesHash = 0x811c_9dc5;

  /** Something was seen. */
  add(observation: Observation): void {
    if (observation.type !== "bytes") return void this.#observations.push(observation);
    let hash = this.#bytesHash;
    for (const byte of observation.bytes) hash = Math.imul(hash ^ byte, 0x0100_0193);
    this.#bytesHash = Math.imul(hash ^ Math.round(observation.ms * 1_000), 0x0100_0193);
  }

  /** All lines. */
  lines(): string[] {
    const lines = this.#observations.map(lineOf);
    lines.push(`bytes on links: ${(this.#bytesHash >>> 0).toString(16)}`);
    return lines;
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
  return `${ms} ${type} ${fields.join(" ")}`;
}
