/**
 * A campaign from the command line: progress, a summary, and descriptions of what failed.
 *
 * @module
 */
import type { SimulateArguments } from "./arguments.ts";
import { campaign } from "./campaign.ts";
import { exitCodeOf, INTERRUPTED } from "./exit_codes.ts";
import type { PlayResult } from "./play_thread.ts";
import { Player } from "./player.ts";

const SEEDS = 700;
/** Seeds are words: so many there are. */
const SEED_END = 2 ** 32;
/** Failures that are described; the others are counted. */
const REPORTS_MAX = 3;
/** Runs between two lines of progress, and ms between two looks of a terminal. */
const RUNS_PER_LINE = 100;
const TERMINAL_MS = 250;

/** Plays many seeds. Returns the exit code. */
export async function playMany(args: SimulateArguments, threads: number): Promise<number> {
  const { minutes, calls, quiet } = args;
  const first = args.seed[0] ?? crypto.getRandomValues(new Uint32Array(1))[0]!;
  const count = args.seeds ?? (minutes === undefined ? SEEDS : Infinity);
  const beganMs = performance.now();
  const untilMs = beganMs + (minutes === undefined ? Infinity : minutes * 60_000);
  const failed: [number, PlayResult][] = [];
  let [runs, events, shownMs] = [0, 0, -Infinity];
  const reached = new Map<string, number>();
  const terminal = Deno.stdout.isTerminal();
  const summary = () => {
    const perMinute = Math.round(runs * 60_000 / (performance.now() - beganMs));
    return `${runs} runs, ${failed.length} failed; ${perMinute} a minute, ` +
      `${Math.round(events / Math.max(runs, 1))} events each`;
  };
  const progress = () => {
    if (quiet) return;
    if (!terminal) {
      if (runs % RUNS_PER_LINE === 0) console.log(`${runs} runs, ${failed.length} failed`);
    } else if (performance.now() - shownMs > TERMINAL_MS) {
      shownMs = performance.now();
      Deno.stdout.writeSync(new TextEncoder().encode(`\r\x1b[K${summary()}`));
    }
  };
  const line = (text: string) => console.log(terminal ? `\r\x1b[K${text}` : text);
  const interrupted = () => {
    line(`${summary()}; interrupted`);
    Deno.exit(INTERRUPTED);
  };
  Deno.addSignalListener("SIGINT", interrupted);
  try {
    if (!quiet) line(`seeds from ${first}`);
    await campaign({
      seeds: numbers(first, count, untilMs),
      calls,
      threads,
      done: (seed, result) => {
        runs++;
        events += result.events;
        for (const what of result.reached) reached.set(what, (reached.get(what) ?? 0) + 1);
        const [what] = [
          ...result.own.map((text) => `THE SIMULATION FELL: ${text}`),
          ...result.faults,
        ];
        if (what !== undefined) {
          failed.push([seed, result]);
          line(`seed ${seed} after ${runs} runs: ${what.split("\n")[0]}`);
        }
        progress();
        return !quiet || failed.length === 0;
      },
    });
    line(summary());
    const bounds = [...reached].sort().map(([what, runs]) => `${what} in ${runs} runs`);
    if (!quiet) line(`bounds that were reached: ${bounds.join(", ") || "none"}`);
    if (!quiet) await describe(failed.slice(0, REPORTS_MAX).map(([seed]) => seed), calls);
    return exitCodeOf(failed.map(([, result]) => result));
  } finally {
    Deno.removeSignalListener("SIGINT", interrupted);
  }
}

async function describe(seeds: readonly number[], calls: number | undefined): Promise<void> {
  using player = new Player();
  for (const seed of seeds) {
    const { text, own, faults } = await player.play({ what: { seed, calls }, want: "report" });
    console.log(`\nseed ${seed}: ${text ?? [...own, ...faults].join("\n  ")}`);
    const flags = calls === undefined ? "" : ` --calls ${calls}`;
    console.log(`again: deno task simulate --seed ${seed}${flags}`);
  }
}

function* numbers(from: number, count: number, untilMs: number): Generator<number> {
  for (let i = 0; i < count && performance.now() < untilMs; i++) yield (from + i) % SEED_END;
}
