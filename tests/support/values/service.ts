/**
 * A service for tests: it knows the named values, too, and tells whether they arrive as they should.
 *
 * @module
 */
import { type Context, MeshError } from "../../../mod.ts";
import { VALUES } from "./all.ts";
import { difference } from "./same.ts";
import type { ValueCase } from "./value_case.ts";

const cases = new Map(VALUES.map((one) => [one.name, one]));

function caseOf(name: string): ValueCase {
  const found = cases.get(name);
  if (found === undefined) throw new MeshError("NOT_FOUND", `no value "${name}"`);
  return found;
}

/** How the input differs from the value that the caller names in the metadata. */
export function arrived(input: unknown, ctx: Context): string | undefined {
  const { make, as = make } = caseOf(ctx.metadata.name!);
  return difference(input, as());
}

/** A value as a reply. */
export const reply = (name: string): unknown => caseOf(name).make();

/** A value inside a reply. */
export const inside = (name: string): unknown => ({ in: [caseOf(name).make()] });

/** Values as the items of a stream, each inside an object. */
export async function* items(names: string[]): AsyncGenerator<unknown> {
  for (const name of names) yield await Promise.resolve({ in: [caseOf(name).make()] });
}

/** A value as the metadata of an error. */
export function fail(name: string): never {
  const metadata = { it: caseOf(name).make() as string };
  throw new MeshError("PERMISSION_DENIED", "as you wished", { metadata });
}

/** Which process this is. */
export const pid = (): number => Deno.pid;

/** The metadata of the call. */
export const metadata = (_input: unknown, ctx: Context): Record<string, string> => ctx.metadata;

/** Gives back what it got. */
export const echo = (input: unknown): unknown => input;

/** A reply that calls while it is read. */
export async function nested(_input: unknown, ctx: Context): Promise<unknown> {
  const calls: PromiseLike<unknown>[] = [];
  const probe = {
    get pid() {
      calls.push(ctx.mesh.call("service.echo", { from: "a getter" }));
      return Deno.pid;
    },
  };
  const got = await ctx.mesh.call("service.echo", probe);
  await Promise.all(calls);
  return {
    got,
    get calls() {
      calls.push(ctx.mesh.call("service.echo", { from: "the reply" }));
      return calls.length - 1;
    },
  };
}

let counted = 0;
/** How often it was called. */
export const count = (): number => ++counted;
