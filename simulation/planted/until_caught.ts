/**
 * Plays seeds until the auditor says something: the program that a copy with a planted fault runs.
 *
 * Arguments: the first seed, and how many. Prints a {@linkcode Verdict} as JSON.
 *
 * @module
 */
import { invent } from "../invent.ts";
import { run } from "../run.ts";

/** What came of it. */
export interface Verdict {
  /** Seeds played. */
  readonly runs: number;
  /** What the auditor said first; absent: nothing in any of them. */
  readonly said?: string;
}

/** Plays seeds until one shows a fault. */
export async function untilCaught(first: number, seeds: number): Promise<Verdict> {
  const fell: string[] = [];
  const onError = (event: ErrorEvent) => {
    event.preventDefault();
    fell.push(`an error that nobody catches: ${event.message}`);
  };
  globalThis.addEventListener("error", onError);
  try {
    for (let runs = 1; runs <= seeds; runs++) {
      const { faults, own } = await run(invent(first + runs - 1));
      const said = faults[0] ?? own[0] ?? fell[0];
      if (said !== undefined) return { runs, said };
    }
    return { runs: seeds };
  } finally {
    globalThis.removeEventListener("error", onError);
  }
}

if (import.meta.main) {
  const [first, seeds] = Deno.args.map(Number) as [number, number];
  console.log(JSON.stringify(await untilCaught(first, seeds)));
}
