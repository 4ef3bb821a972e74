/**
 * This checkout beside another one, and beside NATS: the same closed loops in turn, on the same machine, so that
 * its moods meet all of them. What counts is the ratio within each round, and the interval of its median.
 *
 * ```sh
 * deno task compare --with <directory of another checkout> [--rounds n] [--calls n] [--in-flight n] [--out file]
 * ```
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { fromFileUrl, resolve, toFileUrl } from "@std/path";
import { startMesh, type TestMesh } from "../testing.ts";
import type { LoopResult } from "./closed_loop.ts";
import { type NatsPeer, startNats } from "./nats.ts";
import { describeHost } from "../simulation/host.ts";
import { childrenOf, cpuUs } from "./processes.ts";
import { medianRatio, type Ratio } from "./ratio.ts";

/** One side of a comparison. */
interface Side {
  /** Runs a loop, and says how many calls it made per second and what each cost in µs of CPU. */
  run(payload: string, inFlight: number, calls: number): Promise<Sample>;
}

interface Sample {
  readonly perSecond: number;
  readonly cpuUsPerCall: number;
}

/** A comparison of one kind of payload. */
export interface Comparison {
  readonly payload: string;
  readonly inFlight: number;
  readonly callsPerRound: number;
  /** Calls per second of this checkout ÷ those of the other: above 1, this one is faster. */
  readonly thisToOther: Ratio;
  /** CPU per call of this checkout ÷ that of the other: below 1, this one is cheaper. */
  readonly cpuThisToOther: Ratio;
  /** Calls per second ÷ those of NATS; absent for objects, which NATS does not encode, and where it is missing. */
  readonly thisToNats?: Ratio;
  readonly otherToNats?: Ratio;
}

const PAYLOADS = ["bytes", "object"] as const;
const fixture = (root: URL, name: string) => fromFileUrl(new URL(`bench/fixtures/${name}`, root));

/**
 * Compares.
 *
 * @param other Directory of the other checkout.
 * @param rounds How often each side runs each loop.
 * @param calls Calls of one loop.
 * @param inFlight Calls in flight.
 */
export async function compare(
  other: string,
  rounds: number,
  calls: number,
  inFlight: number,
): Promise<Comparison[]> {
  await using stack = new AsyncDisposableStack();
  const ours = await meshSide(new URL("..", import.meta.url), startMesh, stack);
  const root = toFileUrl(`${resolve(other)}/`);
  const theirs = await meshSide(
    root,
    (await import(new URL("testing.ts", root).href)).startMesh,
    stack,
  );
  const nats = await startNats();
  if (nats !== undefined) stack.use(nats);
  const results: Comparison[] = [];
  for (const payload of PAYLOADS) {
    const sides = [
      ours,
      theirs,
      ...(nats === undefined || payload === "object" ? [] : [natsSide(nats)]),
    ];
    const samples: Sample[][] = sides.map(() => []);
    for (const side of sides) await side.run(payload, inFlight, calls); // warm
    for (let round = 0; round < rounds; round++) {
      // Each side is first, second and last in turn: whoever comes after another finds its caches.
      for (let i = 0; i < sides.length; i++) {
        const at = (round + i) % sides.length;
        samples[at]!.push(await sides[at]!.run(payload, inFlight, calls));
      }
    }
    const [mine, others, broker] = samples;
    const rates = (list: Sample[]) => list.map(({ perSecond }) => perSecond);
    const costs = (list: Sample[]) => list.map(({ cpuUsPerCall }) => cpuUsPerCall);
    results.push({
      payload,
      inFlight,
      callsPerRound: calls,
      thisToOther: medianRatio(rates(mine!), rates(others!)),
      cpuThisToOther: medianRatio(costs(mine!), costs(others!)),
      ...(broker === undefined ? {} : {
        thisToNats: medianRatio(rates(mine!), rates(broker)),
        otherToNats: medianRatio(rates(others!), rates(broker)),
      }),
    });
  }
  return results;
}

async function meshSide(
  root: URL,
  start: typeof startMesh,
  stack: AsyncDisposableStack,
): Promise<Side> {
  const mesh: TestMesh = stack.use(
    await start({ services: fixture(root, "reply.ts"), site: fixture(root, "site.ts") }),
  );
  const pids = mesh.servers.flatMap(({ pid }) => [pid, ...childrenOf(pid)]);
  return {
    run: async (payload, inFlight, calls) => {
      const before = total(pids);
      const query = new URLSearchParams({
        payload,
        inFlight: String(inFlight),
        calls: String(calls),
      });
      const response = await fetch(`${mesh.url}/?${query}`);
      if (!response.ok) throw new Error(`the benchmark's site failed: ${await response.text()}`);
      const { perSecond }: LoopResult = await response.json();
      return { perSecond, cpuUsPerCall: (total(pids) - before) / calls };
    },
  };
}

function natsSide(nats: NatsPeer): Side {
  return {
    run: async (_payload, inFlight, calls) => {
      const before = total(nats.pids);
      const { perSecond } = await nats.loop(inFlight, calls);
      return { perSecond, cpuUsPerCall: (total(nats.pids) - before) / calls };
    },
  };
}

function total(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + cpuUs(pid), 0);
}

if (import.meta.main) {
  const flags = parseArgs(Deno.args, { string: ["with", "rounds", "calls", "in-flight", "out"] });
  if (flags.with === undefined) {
    console.error("name the other checkout: --with <directory>");
    Deno.exit(2);
  }
  const results = await compare(
    String(flags.with),
    Number(flags.rounds ?? 10),
    Number(flags.calls ?? 100_000),
    Number(flags["in-flight"] ?? 64),
  );
  const text = JSON.stringify({ host: describeHost(), results }, null, 2);
  console.log(text);
  if (flags.out !== undefined) Deno.writeTextFileSync(String(flags.out), `${text}\n`);
  Deno.exit(0);
}
