/**
 * wrk plays browsers: requests over so many connections for so long.
 *
 * @module
 */
import type { LoopResult } from "./closed_loop.ts";

/** Whether there is a `wrk` on this machine. */
export async function hasWrk(): Promise<boolean> {
  try {
    await wrk(["--version"]);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/**
 * Runs wrk.
 *
 * @param url Where to.
 * @param connections How many.
 * @param seconds How long; wrk knows whole seconds.
 * @throws When a request failed.
 */
export async function runWrk(
  url: string,
  connections: number,
  seconds: number,
): Promise<LoopResult> {
  const duration = `${Math.max(1, Math.round(seconds))}s`;
  return parseWrk(await wrk(["-t1", `-c${connections}`, `-d${duration}`, "--latency", url]));
}

/** What wrk printed. */
export function parseWrk(text: string): LoopResult {
  const failed = /^\s*(Socket errors|Non-2xx or 3xx responses): .*/m.exec(text);
  if (failed !== null) throw new Error(`wrk says: ${failed[0].trim()}`);
  const found = (pattern: RegExp): string => {
    const value = pattern.exec(text)?.[1];
    if (value === undefined) throw new Error(`wrk printed something else than usual:\n${text}`);
    return value;
  };
  return {
    calls: Number(found(/(\d+) requests in/)),
    perSecond: Number(found(/Requests\/sec:\s+([\d.]+)/)),
    p50Us: microseconds(found(/^\s+50%\s+(\S+)/m)),
    p99Us: microseconds(found(/^\s+99%\s+(\S+)/m)),
  };
}

function microseconds(text: string): number {
  const [, value, unit = ""] = /^([\d.]+)(us|ms|s|m)$/.exec(text) ?? [];
  const factor = { us: 1, ms: 1e3, s: 1e6, m: 60e6 }[unit];
  if (factor === undefined) throw new Error(`wrk printed the time ${text}`);
  return Number(value) * factor;
}

async function wrk(args: string[]): Promise<string> {
  const { stdout } = await new Deno.Command("wrk", { args, stdin: "null", stderr: "null" })
    .output();
  return new TextDecoder().decode(stdout);
}
