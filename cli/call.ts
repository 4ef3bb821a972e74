/**
 * `mesh call`: one call through a running server.
 *
 * @module
 */
import { textOf } from "../boundary/text.ts";
import { attach } from "../client/attach.ts";
import type { CallOptions } from "../client/types.ts";
import { MeshError } from "../errors.ts";
import { type Arguments, ExitCode, type Io, UsageError } from "./command.ts";
import { jsonText } from "./json_text.ts";
import { chooseRuntimeDir } from "./runtime_dirs.ts";

/**
 * Calls a handler and prints what it replies.
 *
 * @returns 0, or 1 when the call failed.
 * @throws {UsageError} For input that is no JSON and metadata that are no pairs.
 */
export async function call(args: Arguments, io: Io): Promise<number> {
  const [target = "", text] = args.positionals;
  const input = await readInput(text);
  const options = callOptions(args);
  const runtimeDir = chooseRuntimeDir(args.text("runtime-dir"), io.cwd);
  const show = (value: unknown) =>
    io.out(args.has("raw") ? rawText(value) : `${jsonText(value)}\n`);
  try {
    await using mesh = await attach({ runtimeDir });
    const reply = await mesh.call(target, input, options);
    if (!isStream(reply)) await show(reply);
    else for await (const item of reply) if (!await show(item)) break;
    return ExitCode.DONE;
  } catch (error) {
    if (!(error instanceof MeshError)) throw error;
    await io.err(`${error.code}: ${error.message}`);
    for (const [name, value] of Object.entries(error.metadata)) await io.err(`  ${name}: ${value}`);
    return ExitCode.FAILED;
  }
}

async function readInput(given: string | undefined): Promise<unknown> {
  if (given === undefined) return undefined;
  const text = given === "-" ? await new Response(Deno.stdin.readable).text() : given;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`the input is no JSON: ${textOf(error)}`);
  }
}

function callOptions(args: Arguments): CallOptions {
  const metadata: Record<string, string> = {};
  for (const pair of args.list("metadata")) {
    const at = pair.indexOf("=");
    if (at < 1) throw new UsageError(`--metadata wants name=value, not ${JSON.stringify(pair)}`);
    metadata[pair.slice(0, at)] = pair.slice(at + 1);
  }
  const key = args.text("key");
  const timeoutMs = args.number("timeout-ms");
  return {
    metadata,
    ...(key !== undefined && { key }),
    ...(timeoutMs !== undefined && { timeoutMs }),
  };
}

/** A stream, awaited, gives what iterates its items; nothing that travels as a value looks like that. */
function isStream(reply: unknown): reply is AsyncIterable<unknown> {
  return typeof reply === "object" && reply !== null && Symbol.asyncIterator in reply;
}

function rawText(value: unknown): string | Uint8Array {
  if (value instanceof Uint8Array) return value;
  return typeof value === "string" ? value : jsonText(value);
}
