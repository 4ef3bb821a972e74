/**
 * How V8 is set up in the processes of a server.
 *
 * @module
 */

/**
 * V8's young generation grows to 16 MiB by default, three times over. A process that passes messages on needs
 * little of it, and one that fits the processor's cache is faster, too.
 */
export const V8_FLAGS = "--v8-flags=--max-semi-space-size=2";

/** Flags of `deno run` and `deno compile`; none if `DENO_V8_FLAGS` is set in the environment. */
export function v8Flags(): string[] {
  return Deno.env.has("DENO_V8_FLAGS") ? [] : [V8_FLAGS];
}
