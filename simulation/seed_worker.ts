/**
 * Runs seeds in a thread of its own.
 *
 * @module
 */
import { invent } from "./invent.ts";
import { run } from "./run.ts";

/** What is asked for. */
export interface SeedRequest {
  readonly seed: number;
  readonly calls: number | undefined;
}

/** What came of it. */
export interface SeedResult {
  readonly seed: number;
  readonly faults: readonly string[];
  readonly events: number;
}

const scope = self as unknown as {
  onmessage: (event: MessageEvent<SeedRequest>) => void;
  postMessage(result: SeedResult): void;
};

scope.onmessage = async ({ data: { seed, calls } }) => {
  const { faults, events } = await run(invent(seed, calls));
  scope.postMessage({ seed, faults, events });
};
