import { assert } from "@std/assert";
import { HeapFleet, type Heaps } from "../support/heap_fleet.ts";

/**
 * Bytes that a call of 256 bytes with a reply of 1 KiB allocates at most, in the heap of each process on its way. That
 * is a quarter more than it does: what V8 compiles when, and how many calls share a burst, is different each time.
 */
const ALLOCATED_MAX: Readonly<Record<keyof Heaps, number>> = {
  "web worker": 2_000,
  "exec worker": 1_500,
  "web proxy": 1_250,
  "exec proxy": 1_250,
};
/** Bytes that stay of a call, in any of them: V8 learns for a while, but the smallest object of each call is larger. */
const KEPT_MAX = 16;

const IN_FLIGHT = 64;
const CALLS = 5_000;
const ROUNDS = 6;

Deno.test("a call takes no more of the heap than it did, and leaves nothing there", async () => {
  await using fleet = await HeapFleet.start();
  // Until V8 has compiled what is hot.
  await fleet.call(3 * CALLS, IN_FLIGHT);
  const heaps = [await fleet.heaps()];
  for (let round = 0; round < ROUNDS; round++) {
    await fleet.call(CALLS, IN_FLIGHT);
    heaps.push(await fleet.heaps());
  }
  for (const process of Object.keys(ALLOCATED_MAX) as (keyof Heaps)[]) {
    const reports = heaps.map((of) => of[process]);
    const rounds = reports.slice(1).map(({ allocated }, i) =>
      (allocated - reports[i]!.allocated) / CALLS
    );
    // A round in which V8 compiles costs more: the cheapest one is what the calls cost.
    const allocated = Math.min(...rounds);
    const kept = (reports.at(-1)!.used - reports[0]!.used) / (ROUNDS * CALLS);
    console.log(`${process}: ${allocated} bytes per call, ${kept} of them stay`);
    assert(allocated < ALLOCATED_MAX[process], `${process} allocates more for a call`);
    assert(kept < KEPT_MAX, `${process} keeps something of each call`);
  }
});
