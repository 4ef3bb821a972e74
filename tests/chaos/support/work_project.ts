/**
 * For tests: a project whose service hangs, dies and notes what it does, as it is told.
 *
 * @module
 */
import { join } from "@std/path";
import type { Project } from "../../support/spawned_mesh.ts";
import { until } from "./servers.ts";

/** Every call notes its start in a file, so that a test knows when it is under way. */
const WORK = `
const note = (tag) => Deno.writeTextFileSync("started", tag + "\\n", { append: true });
const pause = (ms, signal) => new Promise((resolve, reject) => {
  const timer = setTimeout(resolve, ms);
  signal.addEventListener("abort", () => { clearTimeout(timer); reject(signal.reason); });
});
export const service = { idempotent: ["again", "echo"] };
export const echo = (input) => input;
export const pid = () => Deno.pid;
export const hold = async (input, ctx) => {
  note(input.tag);
  await pause(input.ms ?? 1e9, ctx.signal);
  return input.tag;
};
/** Hangs the first time, in whatever process. */
export const again = async (input, ctx) => {
  note(input.tag);
  let first = true;
  try { Deno.mkdirSync("tag-" + input.tag); } catch { first = false; }
  if (first) await pause(1e9, ctx.signal);
  return Deno.pid;
};
/** Takes the process for itself, until it is killed. */
export const loop = (input) => {
  note(input.tag);
  for (;;);
};
/** Replies when it may, and is dead before anybody has read the reply. */
export const lastWords = async () => {
  note("last");
  while (!exists("go")) await new Promise((resolve) => setTimeout(resolve, 5));
  setTimeout(() => Deno.kill(Deno.pid, "SIGKILL"), 0);
  return "last words";
};
const exists = (path) => { try { return Deno.statSync(path).isFile; } catch { return false; } };
/** Whoever reads the life line sees its end, though this process lives on. */
export const cutLifeLine = () => {
  const libc = Deno.dlopen("libc.so.6", { shutdown: { parameters: ["i32", "i32"], result: "i32" } });
  for (let fd = 3; fd < 200; fd++) libc.symbols.shutdown(fd, 2);
  return new Promise(() => {});
};
`;
/** The project: the service `work`, and a site that calls it. */
export const FILES = {
  "work.js": WORK,
  "site.js":
    `export default { fetch: async (_, { mesh }) => Response.json(await mesh.call("work.pid")) };`,
};
/** Words of a command line that runs the service; the number of processes follows. */
export const EXEC = ["--role", "exec", "--services", "work.js", "--processes"];
/** Waits until calls with these tags have begun. */
export async function begun(p: Project, ...tags: string[]): Promise<void> {
  await until(`begun: ${tags}`, async () => {
    const text = await Deno.readTextFile(join(p.directory, "started")).catch(() => "");
    const seen = text.split("\n");
    return tags.every((tag) => seen.includes(tag));
  });
}
