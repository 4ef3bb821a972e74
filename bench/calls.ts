/**
 * Throughput, latency, CPU and memory of calls: one web process and one exec process on two servers,
 * through the public API; NATS request/reply in the same run for comparison.
 *
 * ```sh
 * deno task bench [--quick] [--payload bytes|object] [--million n] [--out file.json]
 * ```
 *
 * `--payload` measures one kind of payload alone. `--quick` makes few calls, to see that it works. `--million n` makes n million calls more and tells the
 * memory afterwards. The result is printed, and written to `--out`.
 *
 * @module
 */
import { delay } from "@std/async/delay";
import { parseArgs } from "@std/cli/parse-args";
import { fromFileUrl } from "@std/path";
import { startMesh, type TestMesh } from "../testing.ts";
import type { LoopResult } from "./closed_loop.ts";
import { measureNats } from "./nats.ts";
import { describeHost } from "../simulation/host.ts";
import { childrenOf, cpuUs, residentMiB } from "./processes.ts";

interface Process {
  readonly role: string;
  readonly pid: number;
}

const fixture = (name: string) => fromFileUrl(new URL(`./fixtures/${name}`, import.meta.url));

/**
 * Runs the benchmark.
 *
 * @param quick Few calls.
 * @param millions Millions of further calls, for the memory.
 * @param payloads Kinds of payload.
 * @returns Plain data, ready for JSON.
 */
export async function benchmarkCalls(
  quick: boolean,
  millions: number,
  payloads: readonly string[] = ["bytes", "object"],
): Promise<Record<string, unknown>> {
  const factor = quick ? 0.01 : 1;
  const loops = [[1, 20_000], [64, 400_000], [256, 400_000]].map(([inFlight, calls]) => ({
    inFlight: inFlight!,
    calls: Math.max(inFlight!, Math.round(calls! * factor)),
  }));
  const host = describeHost();
  await using mesh = await startMesh({
    services: fixture("reply.ts"),
    site: fixture("site.ts"),
  });
  const processes: Process[] = mesh.servers.flatMap(({ name, pid }) => [
    { role: `${name} proxy`, pid },
    ...childrenOf(pid).map((pid) => ({ role: `${name} worker`, pid })),
  ]);
  await loop(mesh, "bytes", 64, Math.round(50_000 * factor) + 64);
  const results = [];
  for (const payload of payloads) {
    for (const { inFlight, calls } of loops) {
      const before = processes.map(({ pid }) => cpuUs(pid));
      const result = await loop(mesh, payload, inFlight, calls);
      const perProcess = processes.map(({ role, pid }, i) => [
        role,
        Math.round((cpuUs(pid) - before[i]!) / calls * 100) / 100,
      ]);
      const cpuUsPerCall = perProcess.reduce((sum, [, us]) => sum + (us as number), 0);
      results.push({
        payload,
        inFlight,
        ...result,
        cpuUsPerCall: Math.round(cpuUsPerCall * 100) / 100,
        cpuUsPerCallOf: Object.fromEntries(perProcess),
      });
    }
  }
  for (let million = 0; million < millions; million++) await loop(mesh, "bytes", 64, 1_000_000);
  const memory = Object.fromEntries(processes.map(({ role, pid }) => [role, residentMiB(pid)]));
  const idle = await idleShare(processes, quick ? 200 : 10_000);
  const nats = await measureNats(loops);
  return {
    what: "256 bytes → 1 KiB (payload bytes) and an object of about 110 bytes both ways",
    host,
    mesh: results,
    memoryMiB: { afterMillionCalls: millions, ...memory },
    idleCorePercent: idle,
    nats: nats ?? "not measured: no nats-server on this machine",
  };
}

async function loop(
  mesh: TestMesh,
  payload: string,
  inFlight: number,
  calls: number,
): Promise<LoopResult> {
  const query = new URLSearchParams({
    payload,
    inFlight: String(inFlight),
    calls: String(calls),
  });
  const response = await fetch(`${mesh.url}/?${query}`);
  if (!response.ok) throw new Error(`the benchmark's site failed: ${await response.text()}`);
  return await response.json();
}

/** CPU of all processes while nothing is asked of them, in % of a core. */
async function idleShare(processes: readonly Process[], overMs: number): Promise<number> {
  const total = () => processes.reduce((sum, { pid }) => sum + cpuUs(pid), 0);
  const before = total();
  await delay(overMs);
  return Math.round((total() - before) / overMs) / 10;
}

if (import.meta.main) {
  const flags = parseArgs(Deno.args, { boolean: ["quick"], string: ["million", "out", "payload"] });
  const payloads = flags.payload === undefined ? undefined : [String(flags.payload)];
  const result = await benchmarkCalls(flags.quick === true, Number(flags.million ?? 0), payloads);
  const text = JSON.stringify(result, null, 2);
  console.log(text);
  if (typeof flags.out === "string") Deno.writeTextFileSync(flags.out, `${text}\n`);
  Deno.exit(0);
}
