/**
 * Many seeds, on all cores.
 *
 * @module
 */
import type { PlayResult } from "./play_thread.ts";
import { Player } from "./player.ts";

/** What to run. */
export interface Campaign {
  readonly seeds: Iterable<number>;
  /** Calls of each run; absent: as usual. */
  readonly calls?: number | undefined;
  readonly threads: number;
  /** Told of each run; `false`: that is enough. */
  done(seed: number, result: PlayResult): boolean;
}

/** Runs a campaign. */
export async function campaign({ seeds, calls, threads, done }: Campaign): Promise<void> {
  const left = seeds[Symbol.iterator]();
  let over = false;
  await Promise.all(Array.from({ length: threads }, async () => {
    using player = new Player();
    while (!over) {
      const next = left.next();
      if (next.done) return;
      const seed = next.value;
      const result = await player.play({ what: { seed, calls }, want: "faults" });
      if (!over && !done(seed, result)) over = true;
    }
  }));
}
