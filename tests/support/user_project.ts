/**
 * A user's project in a temporary directory, outside this repository.
 *
 * @module
 */
import { dirname, fromFileUrl, join } from "@std/path";

/** This repository. */
export const ROOT = fromFileUrl(new URL("../../", import.meta.url));

/** A directory that goes when it is disposed of. */
export interface UserProject extends AsyncDisposable {
  /** Its absolute path. */
  readonly directory: string;
  /** Absolute path of a file in it. */
  path(name: string): string;
  /** Runs Deno in it, as its owner would, with nothing of mesh in the environment. */
  deno(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }>;
}

/**
 * Makes a project.
 *
 * @param files Path → text, or a value that is written as JSON.
 * @param packages npm packages it has installed: those of this repository.
 */
export async function userProject(
  files: Readonly<Record<string, unknown>>,
  packages: readonly string[] = [],
): Promise<UserProject> {
  const directory = await Deno.makeTempDir({ prefix: "mesh-user-" });
  for (const [name, content] of Object.entries(files)) {
    const path = join(directory, name);
    await Deno.mkdir(dirname(path), { recursive: true });
    const text = typeof content === "string" ? content : JSON.stringify(content);
    await Deno.writeTextFile(path, text);
  }
  for (const name of packages) {
    await Deno.mkdir(join(directory, "node_modules"), { recursive: true });
    await Deno.symlink(join(ROOT, "node_modules", name), join(directory, "node_modules", name));
  }
  return {
    directory,
    path: (name) => join(directory, name),
    deno: async (...args) => {
      const { HOME = "/", PATH = "" } = Deno.env.toObject();
      const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args,
        cwd: directory,
        clearEnv: true,
        env: { HOME, PATH, NO_COLOR: "1" },
        stdin: "null",
      }).output();
      const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
      return { code, stdout: out!, stderr: err! };
    },
    [Symbol.asyncDispose]: () => Deno.remove(directory, { recursive: true }),
  };
}
