/**
 * For tests: this program as a process of its own, in a project of its own.
 *
 * @module
 */
import { join } from "@std/path";
import { ChildProcess, firstLineOf, readText } from "../../supervisor/child_process.ts";
import { meshInvocation } from "../../cli/program.ts";

/** Time a program has to end when it is disposed, in ms. */
const END_MS = 10_000;

/** What a program that has ended has left. */
export interface EndedMesh {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that runs. */
export interface SpawnedMesh extends AsyncDisposable {
  readonly pid: number;
  /** Its first line on stdout; `undefined` when it ended without one. */
  readonly firstLine: Promise<string | undefined>;
  /** Fulfilled when it has ended. */
  readonly ended: Promise<EndedMesh>;
  kill(signal: Deno.Signal): void;
}

/** A directory with modules, where `mesh` can be run. */
export interface Project extends AsyncDisposable {
  readonly directory: string;
  /** Runs `mesh` to its end. */
  mesh(...words: string[]): Promise<EndedMesh>;
  /** Starts `mesh`; disposing ends it by SIGTERM. */
  start(...words: string[]): SpawnedMesh;
}

/**
 * Makes a project.
 *
 * @param files Path → content.
 */
export async function project(files: Readonly<Record<string, string>>): Promise<Project> {
  const directory = await Deno.makeTempDir({ prefix: "mesh-project-" });
  for (const [path, content] of Object.entries(files)) {
    await Deno.mkdir(join(directory, path, ".."), { recursive: true });
    await Deno.writeTextFile(join(directory, path), content);
  }
  const start = (...words: string[]) => run(directory, words);
  return {
    directory,
    start,
    mesh: (...words) => start(...words).ended,
    [Symbol.asyncDispose]: () => Deno.remove(directory, { recursive: true }),
  };
}

function run(cwd: string, words: readonly string[]): SpawnedMesh {
  const { command, args } = meshInvocation(words);
  const { HOME = "/", PATH = "" } = Deno.env.toObject();
  const process = new Deno.Command(command, {
    args: [...args],
    cwd,
    clearEnv: true,
    env: { HOME, PATH, NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const child = new ChildProcess(process);
  const line = Promise.withResolvers<string | undefined>();
  const stdout = readText(process.stdout, (text) => {
    const first = firstLineOf(text);
    if (first !== undefined) line.resolve(first);
  });
  const stderr = readText(process.stderr);
  // Its workers may keep its output open for a while after it has ended.
  const ended = Promise.all([child.ended, stdout, stderr]).then(([{ code }, stdout, stderr]) => {
    line.resolve(undefined);
    return { code, stdout, stderr };
  });
  return {
    pid: child.pid,
    firstLine: line.promise,
    ended,
    kill: (signal) => child.kill(signal),
    [Symbol.asyncDispose]: async () => {
      await child.end(END_MS);
      await ended;
    },
  };
}
