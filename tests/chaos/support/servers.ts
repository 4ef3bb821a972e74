/**
 * For system tests: servers as real processes, what they say about themselves, and what they leave behind.
 *
 * @module
 */
import { delay } from "@std/async/delay";
import { join } from "@std/path";
import type { Project, SpawnedMesh } from "../../support/spawned_mesh.ts";
import type { SlotStatus, Status } from "../../../server/status.ts";

/** A condition that is not true after this long never will be, in ms. */
const WATCHDOG_MS = 20_000;

/** A server that serves. */
export interface Serving extends SpawnedMesh {
  /** Its ready line. */
  readonly ready: string;
  /** Its runtime directory, absolute. */
  readonly runtimeDir: string;
  /** The address it prints for `link`, `web` or `admin`. */
  address(name: "link" | "web" | "admin"): string;
  /** What it says about itself. */
  status(): Promise<Status>;
  /** The occupied slots of a kind. */
  slots(kind: "web" | "exec" | "guest"): Promise<(SlotStatus & { pid: number })[]>;
}

/**
 * Starts `mesh run` and waits until it serves.
 *
 * @param p Where.
 * @param name The server's name, and its runtime directory.
 * @param words Further words of the command line.
 * @throws {Error} With what it said, when it ends instead.
 */
export async function serve(p: Project, name: string, ...words: string[]): Promise<Serving> {
  const running = p.start("run", "--name", name, "--runtime-dir", name, ...words);
  const ready = await running.firstLine;
  if (ready === undefined) throw new Error((await running.ended).stderr);
  const runtimeDir = join(p.directory, name);
  const status = () => statusOf(runtimeDir);
  return {
    ...running,
    [Symbol.asyncDispose]: running[Symbol.asyncDispose],
    ready,
    runtimeDir,
    status,
    address: (name) => {
      const found = new RegExp(`\\b${name}=(\\S+)`).exec(ready)?.[1];
      if (found === undefined) throw new Error(`no ${name}= in "${ready}"`);
      return found;
    },
    slots: async (kind) =>
      (await status()).slots.filter((slot): slot is SlotStatus & { pid: number } =>
        slot.kind === kind && slot.pid !== null
      ),
  };
}

/**
 * What a server says about itself. Deno's HTTP client hangs after some thirty clients have been made for
 * Unix sockets, and a test asks more often: so the request is written by hand.
 *
 * @param runtimeDir The server's runtime directory.
 */
export async function statusOf(runtimeDir: string): Promise<Status> {
  using conn = await Deno.connect({ transport: "unix", path: join(runtimeDir, "admin.sock") });
  await conn.write(new TextEncoder().encode("GET /status HTTP/1.0\r\n\r\n"));
  const answer = await new Response(conn.readable).text();
  return JSON.parse(answer.slice(answer.indexOf("\r\n\r\n")));
}

/**
 * Waits until something is so.
 *
 * @param what What is waited for, for the message.
 * @param condition Gives anything but `undefined` and `false` when it is so.
 * @param atMostMs After this long it is given up, in ms.
 * @returns What the condition gave.
 */
export async function until<T>(
  what: string,
  condition: () => T | Promise<T>,
  atMostMs = WATCHDOG_MS,
): Promise<NonNullable<T>> {
  const deadline = performance.now() + atMostMs;
  for (;;) {
    const value = await condition();
    if (value !== undefined && value !== null && value !== false) return value;
    if (performance.now() > deadline) throw new Error(`not so after ${atMostMs} ms: ${what}`);
    await delay(10);
  }
}

/** Processes that work in a directory or name it in their command line, this one excepted. */
export function processesOf(directory: string): string[] {
  const found: string[] = [];
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name) || Number(name) === Deno.pid) continue;
    try {
      // A process that has ended and whose parent has not noticed yet has no command line.
      const line = Deno.readTextFileSync(`/proc/${name}/cmdline`).replaceAll("\0", " ").trim();
      if (line === "") continue;
      if (line.includes(directory) || Deno.readLinkSync(`/proc/${name}/cwd`) === directory) {
        found.push(`${name} ${line}`);
      }
    } catch {
      // It ended meanwhile, or is not ours.
    }
  }
  return found;
}

/** Whether a process runs (a zombie does not). */
export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(Deno.readTextFileSync(`/proc/${pid}/status`));
  } catch {
    return false;
  }
}

/** Whether there is anything at a path. */
export function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}
