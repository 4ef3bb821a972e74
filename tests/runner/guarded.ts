/**
 * Runs a command under a watchdog, in a process group of its own, so that nothing it starts outlives it.
 *
 * @module
 */

/** How a guarded command ended. */
export interface GuardedResult {
  /** Exit code; 128 + signal number when a signal ended it. */
  code: number;
  /** Everything it wrote to stdout and stderr. */
  output: string;
  /** The watchdog ended it. */
  timedOut: boolean;
  /** Command lines of processes of its group that were still alive when it had ended (and were killed). */
  leftovers: string[];
}

/** How to run a guarded command. */
export interface GuardedOptions {
  /** Working directory. */
  cwd: string;
  /** Milliseconds until the watchdog kills the whole group. */
  timeoutMs: number;
  /** Milliseconds that processes of an ended command's group may take to go away. Default 2000. */
  graceMs?: number;
  /** Variables added to the environment. */
  env?: Record<string, string>;
}

const groups = new Set<number>();

/** Kills every group that is running, for when the runner itself is told to end. */
export function killAllGroups(): void {
  for (const group of groups) killGroup(group);
}

/**
 * Runs a command, copying what it prints to our stdout.
 *
 * @param command Program and arguments.
 * @param options How to run it.
 */
export async function runGuarded(
  command: readonly [string, ...string[]],
  { cwd, timeoutMs, graceMs = 2_000, env = {} }: GuardedOptions,
): Promise<GuardedResult> {
  const [program, ...args] = command;
  const child = new Deno.Command(program, {
    args,
    cwd,
    // A log file is read without a terminal's colours.
    env: Deno.stdout.isTerminal() ? env : { NO_COLOR: "1", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    detached: true, // makes it the leader of a new process group
  }).spawn();
  groups.add(child.pid);
  let timedOut = false;
  const watchdog = setTimeout(() => {
    timedOut = true;
    killGroup(child.pid);
  }, timeoutMs);
  const chunks: Uint8Array[] = [];
  const stop = new AbortController();
  const copies = Promise.allSettled(
    [child.stdout, child.stderr].map((stream) => copy(stream, chunks, stop.signal)),
  );
  try {
    const { code } = await child.status;
    const leftovers = timedOut ? [] : await endGroup(child.pid, graceMs);
    // The pipes end when no process holds them: one that left the group and lives on must not hang us.
    const grace = setTimeout(() => {
      leftovers.push("a process outside the group that holds its output open");
      stop.abort();
    }, graceMs);
    await copies;
    clearTimeout(grace);
    return { code, output: await new Blob(chunks as BlobPart[]).text(), timedOut, leftovers };
  } finally {
    clearTimeout(watchdog);
    groups.delete(child.pid);
  }
}

function copy(
  stream: ReadableStream<Uint8Array>,
  chunks: Uint8Array[],
  signal: AbortSignal,
): Promise<void> {
  const sink = new WritableStream<Uint8Array>({
    async write(chunk) {
      chunks.push(chunk);
      let written = 0;
      while (written < chunk.length) written += await Deno.stdout.write(chunk.subarray(written));
    },
  });
  return stream.pipeTo(sink, { signal });
}

/** Waits for a group to be empty, and kills what is left of it; returns the command lines of that. */
async function endGroup(group: number, graceMs: number): Promise<string[]> {
  const end = Date.now() + graceMs;
  let left = members(group);
  while (left.length > 0 && Date.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    left = members(group);
  }
  if (left.length > 0) killGroup(group);
  return left;
}

function members(group: number): string[] {
  const found: string[] = [];
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      // "pid (name) state parent group …": the name may hold anything, so count from its closing ")".
      const stat = Deno.readTextFileSync(`/proc/${name}/stat`);
      const [state, , processGroup] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      if (Number(processGroup) !== group || state === "Z") continue;
      const line = Deno.readTextFileSync(`/proc/${name}/cmdline`).replaceAll("\0", " ").trim();
      found.push(`${name}: ${line}`);
    } catch {
      // ended meanwhile
    }
  }
  return found;
}

function killGroup(group: number): void {
  try {
    Deno.kill(-group, "SIGKILL");
  } catch {
    // nobody left
  }
}
