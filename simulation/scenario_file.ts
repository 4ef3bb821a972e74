/**
 * Scenarios in files: unlike a seed, whose meaning changes with every change of what is invented, one that is kept
 * stays what it was.
 *
 * @module
 */
import { PROXY_BOUNDS } from "../proxy/proxy_bounds.ts";
import type { Scenario } from "./scenario.ts";

/** A scenario that is kept, and why. */
export interface KeptScenario {
  /** What was wrong when it was found; a sentence. */
  readonly about: string;
  readonly scenario: Scenario;
}

/** Fields that a scenario has in any case, and what they are. */
const FIELDS: Readonly<Record<string, (value: unknown) => boolean>> = {
  seed: isNumber,
  servers: (value) => isListOf(value, "name", "web", "exec", "spaceBytes", "clockMs", "dials"),
  calls: (value) =>
    isListOf(value, "call", "atMs", "manner", "server", "service", "handler", "timeoutMs"),
  faults: (value) => isListOf(value, "atMs", "kind", "server", "other", "which", "ms"),
  network: (value) => hasAll(value, "minMs", "maxMs", "pieceMaxBytes", "windowBytes"),
  bounds: (value) => hasAll(value, "slotQueueBytes", "linkQueueBytes", "queuedCalls", "calls"),
  narrow: isNumber,
  owners: (value) => hasAll(value),
  peaceMs: isNumber,
  endMs: isNumber,
};

/**
 * Reads the text of a file.
 *
 * @throws When it holds no scenario; the message says what is wrong.
 */
export function readKept(text: string): KeptScenario {
  const kept: unknown = JSON.parse(text);
  if (!hasAll(kept, "about", "scenario")) throw new Error("it needs the fields about and scenario");
  const { about, scenario } = kept as Record<"about" | "scenario", unknown>;
  if (typeof about !== "string") throw new Error("about is no text");
  if (!hasAll(scenario)) throw new Error("scenario is no object");
  const wrong = Object.entries(FIELDS)
    .filter(([name, fits]) => !fits(Reflect.get(scenario as object, name)))
    .map(([name]) => name);
  if (wrong.length > 0) throw new Error(`of the scenario, these do not fit: ${wrong.join(", ")}`);
  const read = { secret: undefined, ...scenario as object } as Scenario;
  // One that is older than a bound has the bound of a server.
  return { about, scenario: { ...read, bounds: { ...PROXY_BOUNDS, ...read.bounds } } };
}

/** The text of a file. */
export function keptText(kept: KeptScenario): string {
  return `${JSON.stringify(kept, undefined, 2)}\n`;
}

function isNumber(value: unknown): boolean {
  return typeof value === "number";
}

function hasAll(value: unknown, ...names: string[]): boolean {
  return typeof value === "object" && value !== null && names.every((name) => name in value);
}

function isListOf(value: unknown, ...names: string[]): boolean {
  return Array.isArray(value) && value.every((item) => hasAll(item, ...names));
}
