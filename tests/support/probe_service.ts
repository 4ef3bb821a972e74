/**
 * Code of a service for tests of routing: it answers with its server's name, and it counts for itself.
 *
 * @module
 */
import type { Mesh, ServiceOptions } from "../../client/types.ts";

/**
 * The service's code. Its handlers:
 *
 * - `who`, `again` (idempotent): the server's name.
 * - `hold`: the same, after `release` was called; ends at once when it is cancelled.
 * - `pause`: the same, after `ms`; `on`: only on that server.
 * - `fail`: throws what its input says.
 * - `tally`: what this process has counted, by handler; `cancelled` are those whose signal fired.
 *
 * @param options Beside the idempotent handlers.
 */
export function probeService(options: ServiceOptions = {}): string {
  const service = { idempotent: ["again", "hedged", "tally"], ...options };
  return `
const counts = {};
const note = (what) => counts[what] = (counts[what] ?? 0) + 1;
let held = Promise.withResolvers();
const ended = (signal) => new Promise((_, reject) =>
  signal.addEventListener("abort", () => { note("cancelled"); reject(signal.reason); }));
const sleep = (ms, signal) => {
  let timer;
  return Promise.race([new Promise((resolve) => timer = setTimeout(resolve, ms)), ended(signal)])
    .finally(() => clearTimeout(timer));
};
export const service = ${JSON.stringify(service)};
export const who = (_, ctx) => { note("who"); return ctx.server; };
export const again = (_, ctx) => { note("again"); return ctx.server; };
export const slot = (_, ctx) => { note("slot"); return ctx.slot; };
export const hold = async (_, ctx) => {
  note("hold");
  await Promise.race([held.promise, ended(ctx.signal)]);
  return ctx.server;
};
export const release = () => { held.resolve(); held = Promise.withResolvers(); };
export const pause = async ({ ms, on }, ctx) => {
  note("pause");
  if (on === undefined || on === ctx.server) await sleep(ms, ctx.signal);
  return ctx.server;
};
export const fail = ({ message }) => { note("fail"); throw new Error(message); };
/** Slow for the share of numbers that its server's own dice choose. */
export const hedged = async ({ number, seed, slowShare, slowMs }, ctx) => {
  note("hedged");
  let hash = seed;
  for (const char of ctx.server + "/" + number) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  const slow = ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32 < slowShare;
  if (slow) { note("slow"); await sleep(slowMs, ctx.signal); }
  return { server: ctx.server, slow };
};
export const tally = () => counts;
`;
}

/** What the services of each server have counted, by server. */
export async function tallies(
  mesh: Mesh,
  service: string,
): Promise<Record<string, Record<string, number>>> {
  const counted: Record<string, Record<string, number>> = {};
  for await (const answer of mesh.broadcast<Record<string, number>>(`${service}.tally`)) {
    if (answer.error !== undefined) throw answer.error;
    counted[answer.server] = answer.value;
  }
  return counted;
}

/** How often a handler was invoked, by server. */
export async function invocations(
  mesh: Mesh,
  service: string,
  handler: string,
): Promise<Record<string, number>> {
  const all = Object.entries(await tallies(mesh, service));
  return Object.fromEntries(all.map(([server, counted]) => [server, counted[handler] ?? 0]));
}

/** How often each text comes, in the order of their names. */
export function countsOf(texts: Iterable<string>): Record<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([a], [b]) => a < b ? -1 : 1));
}
