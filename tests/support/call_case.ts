/**
 * A behaviour of calls that holds in every make of mesh; tests/system/calls_test.ts runs all of them in
 * each of several.
 *
 * @module
 */
import { delay } from "@std/async/delay";
import { assert, assertEquals } from "@std/assert";
import type { Code, MeshError } from "../../mod.ts";
import { MeshError as MeshErrorClass } from "../../errors.ts";
import type { TestMesh } from "../../testing.ts";
import type { Witness } from "./witness.ts";

/** Where a case runs. */
export interface CallBench extends Pick<TestMesh, "mesh" | "url" | "servers" | "log"> {
  /** Hears from the services. */
  readonly witness: Witness;
  /** A directory for files of the case. */
  readonly directory: string;
  /** Exec processes in all. */
  readonly processes: number;
}

/** A behaviour. */
export interface CallCase {
  /** A sentence. */
  readonly name: string;
  /** Fails when the behaviour is another. */
  run(bench: CallBench): Promise<void>;
}

/** The error a call ends with, which must be a `MeshError` with this code. */
export async function failure(call: PromiseLike<unknown>, code: Code): Promise<MeshError> {
  let seen: unknown;
  try {
    seen = await call;
  } catch (error) {
    assert(error instanceof MeshErrorClass, `no MeshError: ${error}`);
    assertEquals(error.code, code, error.message);
    return error;
  }
  throw new Error(`the call gave ${Deno.inspect(seen)} instead of ${code}`);
}

/** Waits until the servers have logged a text: it takes a moment from their pipes to us. */
export async function logged(
  servers: Pick<TestMesh, "log">,
  text: string,
): Promise<void> {
  for (let i = 0; !servers.log().includes(text); i++) {
    assert(i < 2_000, `not in the log: "${text}"`);
    await delay(5);
  }
}

/** All items of a stream. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  return await Array.fromAsync(items);
}

/** Bytes without a period that is a power of two, so that a lost or repeated fragment shows. */
export function patterned(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = (i * 31 + (i >> 8)) % 251;
  return bytes;
}
