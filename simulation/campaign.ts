/**
 * Many seeds, on all cores.
 *
 * @module
 */
import type { SeedRequest, SeedResult } from "./seed_worker.ts";

/** What to run. */
export interface Campaign {
  readonly seeds: Iterable<number>;
  /** Calls of each run; absent: as usual. */
  readonly calls?: number | undefined;
  readonly threads: number;
  /** Told of each run; `false`: that is enough. */
  done(result: SeedResult): boolean;
}

/** Runs a campaign. */
export async function campaign({ seeds, calls, threads, done }: Campaign): Promise<void> {
  const left = seeds[Symbol.iterator]();
  let over = false;
  await Promise.all(Array.from({ length: threads }, async () => {
    const worker = new Worker(new URL("./seed_worker.ts", import.meta.url), { type: "module" });
    try {
      while (!over) {
        const next = left.next();
        if (next.done) return;
        const result = Promise.withResolvers<SeedResult>();
        worker.onmessage = ({ data }) => result.resolve(data);
        worker.onerror = (event) => {
          event.preventDefault();
          const faults = [`the run fell: ${event.message}`];
          result.resolve({ seed: next.value, faults, events: 0 });
        };
        worker.postMessage({ seed: next.value, calls } satisfies SeedRequest);
        if (!done(await result.promise)) over = true;
      }
    } finally {
      worker.terminate();
    }
  }));
}
