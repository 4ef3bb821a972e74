/**
 * A compiled program's own modules as files: what a `deno` that runs a worker of ours has to read.
 *
 * @module
 */
import { join, toFileUrl } from "@std/path";

/** Where everything of ours is: the repository, or the file system inside a compiled program. */
export const OWN_ROOT = new URL("..", import.meta.url);

/**
 * Copies our modules, and the packages that workers need, out of this compiled program.
 *
 * @param directory A directory of this run of the server alone: a `program` in it is of this run, too.
 * @returns Where the root of our modules is now.
 */
export function unpackProgram(directory: string): URL {
  const root = toFileUrl(`${join(directory, "program")}/`);
  if (isDirectory(root)) return root;
  const packages = packagesOfWorkers();
  // Renamed into place when complete: another process of this server must not see half of it.
  const part = toFileUrl(`${join(directory, `program.${Deno.pid}`)}/`);
  copy(OWN_ROOT, part, (path) => {
    if (!path.startsWith("node_modules/")) return true;
    const inside = `${path.slice("node_modules/".length)}/`;
    return packages.some((name) => `${name}/`.startsWith(inside) || inside.startsWith(`${name}/`));
  });
  Deno.renameSync(part, root);
  return root;
}

/** Names of the packages that our modules for workers reach by path: see `deps/`. */
function packagesOfWorkers(): string[] {
  const deps = new URL("deps/", OWN_ROOT);
  return [...Deno.readDirSync(deps)].flatMap(({ name }) =>
    [...Deno.readTextFileSync(new URL(name, deps)).matchAll(/node_modules\/((?:@[^/]+\/)?[^/"]+)/g)]
      .map(([, name]) => name ?? "")
  );
}

function copy(from: URL, to: URL, wanted: (path: string) => boolean, prefix = ""): void {
  Deno.mkdirSync(to, { recursive: true, mode: 0o700 });
  for (const { name, isDirectory } of Deno.readDirSync(from)) {
    const path = `${prefix}${name}`;
    if (!wanted(path)) continue;
    if (isDirectory) copy(new URL(`${name}/`, from), new URL(`${name}/`, to), wanted, `${path}/`);
    else Deno.writeFileSync(new URL(name, to), Deno.readFileSync(new URL(name, from)));
  }
}

function isDirectory(url: URL): boolean {
  try {
    return Deno.statSync(url).isDirectory;
  } catch {
    return false;
  }
}
