/**
 * A program that is ended when it gets nowhere: a mutant may loop for ever.
 *
 * @module
 */

/** CPU time without a line of output, in ms: what a machine does besides does not count. */
const CPU_MAX_MS = 20_000;
/** Looks without a line of output, for a program that waits: time during which everything stands still is no time. */
const QUIET_LOOKS_MAX = 180;
const LOOK_MS = 500;
/** A clock tick of /proc/<pid>/stat on every Linux that Deno runs on, in ms. */
const TICK_MS = 10;
/** Output that is kept. */
const TEXT_MAX = 1_000_000;

/** How a program ended. */
export interface Watched {
  /** What it wrote. */
  readonly text: string;
  readonly success: boolean;
  /** It was ended. */
  readonly hung: boolean;
}

/**
 * Runs a Deno program to its end.
 *
 * @param args What Deno is told.
 * @param directory Where it runs; its cache is there, too.
 * @param stop Ends it.
 */
export async function watched(
  args: readonly string[],
  directory: string,
  stop?: AbortSignal,
): Promise<Watched> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: directory,
    env: { DENO_DIR: `${directory}/.cache`, NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let text = "";
  let hung = false;
  let heard = { cpuMs: 0, looks: 0 };
  const end = () => {
    hung = true;
    try {
      child.kill("SIGKILL");
    } catch {
      // It has just ended.
    }
  };
  const read = async (stream: ReadableStream<Uint8Array>) => {
    const decoder = new TextDecoder();
    for await (const bytes of stream) {
      const piece = decoder.decode(bytes, { stream: true });
      if (text.length < TEXT_MAX) text += piece;
      heard = { cpuMs: cpuMs(child.pid), looks: 0 };
    }
  };
  const timer = setInterval(() => {
    heard.looks++;
    const busyMs = cpuMs(child.pid) - heard.cpuMs;
    if (busyMs > CPU_MAX_MS || heard.looks > QUIET_LOOKS_MAX) end();
  }, LOOK_MS);
  stop?.addEventListener("abort", end);
  try {
    await Promise.all([read(child.stdout), read(child.stderr)]);
    const { success } = await child.status;
    return { text, success: success && !hung, hung };
  } finally {
    clearInterval(timer);
    stop?.removeEventListener("abort", end);
  }
}

/** CPU time that a process has used; 0 when it has ended. */
function cpuMs(pid: number): number {
  try {
    const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).split(") ")[1]!.split(" ");
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  } catch {
    return 0;
  }
}
