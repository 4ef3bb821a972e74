/**
 * How V8 is set up in the processes of a server. `DENO_V8_FLAGS` in the environment overrides all of it.
 *
 * V8's young generation grows to 16 MiB by default, three times over. A process that passes messages on needs
 * little of it, and one that fits the processor's cache is faster, too.
 *
 * @module
 */

/** For processes that run users' modules. */
export const WORKER_V8_FLAGS = "--v8-flags=--max-semi-space-size=2";

/** For a proxy, whose own code is all that it runs: small, at the cost of code that allocates much. */
export const PROXY_V8_FLAGS = "--v8-flags=--max-semi-space-size=2,--optimize-for-size";

/**
 * What is given to `deno run`.
 *
 * @param flags One of the above.
 * @returns Nothing if the environment has flags already.
 */
export function unlessOverridden(flags: string): string[] {
  return Deno.env.has("DENO_V8_FLAGS") ? [] : [flags];
}
