/**
 * What a peer of the benchmark can do: call the handlers of fixtures/reply.ts. Workloads are written against
 * it, so that all peers do the same work in the same loops.
 *
 * @module
 */

/** A handler of fixtures/reply.ts. */
export type Handler = "bytes" | "object" | "sized";

/** One way to call them. */
export interface Caller {
  /** Calls a handler and gives back what it answered. */
  call(handler: Handler, input: unknown): PromiseLike<unknown>;
  /** Calls `bytes` so many times side by side, as the parts of one page, and gives back all answers. */
  page(parts: number, input: Uint8Array): PromiseLike<readonly unknown[]>;
}

/** {@linkcode Caller.page} of peers that know no pages. */
export function sideBySide(
  caller: Pick<Caller, "call">,
  parts: number,
  input: Uint8Array,
): Promise<readonly unknown[]> {
  return Promise.all(Array.from({ length: parts }, () => caller.call("bytes", input)));
}
