/**
 * Loading modules of a user in a process of its own, which has a bounded time and bounded output.
 *
 * @module
 */
import { ChildProcess, howItEnded } from "../supervisor/child_process.ts";
import { join } from "@std/path";
import { textOf } from "../boundary/text.ts";
import { MODULE_CHECK_OUTPUT_MAX_BYTES, WORKER_START_MS } from "../limits.ts";
import { reached } from "../limits/reached.ts";
import { withAdvice } from "../worker/advice.ts";
import { denoCommand } from "../supervisor/deno_command.ts";
import type { DescribeJob, ModuleReport } from "../worker/describe_module.ts";
import type { UserProject } from "../supervisor/user_project.ts";

/** Time to read what a process has printed, once it has ended: others may hold its output open. */
const LAST_WORDS_MS = 1_000;

/**
 * Has modules described.
 *
 * @param job What is to be loaded.
 * @param project Under whose configuration it is loaded.
 * @param signal Ends the process.
 * @returns The report; what went wrong is its error.
 */
export async function describeInProcess(
  job: DescribeJob,
  project: UserProject,
  signal?: AbortSignal,
): Promise<ModuleReport> {
  const [path = ""] = job.paths;
  const directory = Deno.makeTempDirSync({ prefix: "mesh-check-" });
  try {
    const importMap = join(directory, "import_map.json");
    const [command = "", ...args] =
      denoCommand("describe_main.ts", project, importMap, job.sandbox) ??
        [Deno.execPath(), "describe"];
    const child = new Deno.Command(command, {
      args: [...args, JSON.stringify(job)],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      env: { NO_COLOR: "1" },
    }).spawn();
    return await reportOf(child, path, signal);
  } catch (error) {
    return { path, error: textOf(error) };
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}

async function reportOf(
  process: Deno.ChildProcess,
  path: string,
  signal: AbortSignal | undefined,
): Promise<ModuleReport> {
  const child = new ChildProcess(process);
  let late = false;
  const kill = () => child.kill("SIGKILL");
  const timer = setTimeout(() => {
    late = true;
    kill();
  }, WORKER_START_MS);
  signal?.addEventListener("abort", kill);
  if (signal?.aborted) kill();
  const readers = [process.stdout.getReader(), process.stderr.getReader()];
  const texts = Promise.all(readers.map(lastWords));
  const status = await child.ended;
  clearTimeout(timer);
  signal?.removeEventListener("abort", kill);
  const patience = setTimeout(() => readers.forEach((reader) => reader.cancel()), LAST_WORDS_MS);
  const [out = "", err = ""] = await texts;
  clearTimeout(patience);
  Deno.stderr.writeSync(new TextEncoder().encode(err));
  if (late) return { path, error: `it was not loaded after ${WORKER_START_MS} ms` };
  try {
    if (status.success) return JSON.parse(out.trim().split("\n").at(-1) ?? "");
  } catch {
    // It ended before it could say anything.
  }
  const why = /^error: (.*)/m.exec(err)?.[1];
  return {
    path,
    error: `loading it ended the process (${howItEnded(status)})${
      why ? `: ${withAdvice(why, path)}` : ""
    }`,
  };
}

/** The end of what is printed: a module may print whatever it likes. */
async function lastWords(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text;
    text += decoder.decode(value, { stream: true });
    if (text.length <= MODULE_CHECK_OUTPUT_MAX_BYTES) continue;
    reached("MODULE_CHECK_OUTPUT_MAX_BYTES");
    text = text.slice(-MODULE_CHECK_OUTPUT_MAX_BYTES);
  }
}
