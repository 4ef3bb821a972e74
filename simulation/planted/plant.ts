/**
 * Puts a fault into a copy of the sources: what is shipped has no switch for it.
 *
 * @module
 */
import { fromFileUrl, join } from "@std/path";
import type { PlantedFault } from "./faults.ts";

const ROOT = fromFileUrl(new URL("../../", import.meta.url));
/** What a simulation loads. */
const FOLDERS = [
  "boundary",
  "client",
  "config",
  "deps",
  "discovery",
  "executor",
  "markdev",
  "nameserver",
  "native",
  "observe",
  "outside",
  "proxy",
  "routing",
  "shm",
  "simulation",
  "types",
  "wire",
];
const FILES = ["deno.json", "errors.ts", "limits.ts"];

/** The source of a file of the project. */
export function sourceOf(file: string): string {
  return Deno.readTextFileSync(join(ROOT, file));
}

/** A source with the fault; throws when the place is not found, or found twice. */
export function spoilt(source: string, { name, find, replace }: PlantedFault): string {
  const pieces = source.split(find);
  if (pieces.length !== 2) {
    throw new Error(`the planted fault "${name}" finds its place ${pieces.length - 1} times`);
  }
  return pieces.join(replace);
}

/** A copy of the sources with a fault, in a temporary directory that its user removes. */
export function plant(fault: PlantedFault): string {
  const directory = Deno.makeTempDirSync({ prefix: "mesh-sim-" });
  for (const file of FILES) Deno.copyFileSync(join(ROOT, file), join(directory, file));
  for (const folder of FOLDERS) copy(folder, directory);
  for (const shared of ["node_modules", "dist"]) {
    Deno.symlinkSync(join(ROOT, shared), join(directory, shared));
  }
  Deno.writeTextFileSync(join(directory, fault.file), spoilt(sourceOf(fault.file), fault));
  return directory;
}

function copy(folder: string, to: string): void {
  Deno.mkdirSync(join(to, folder));
  for (const { name, isDirectory } of Deno.readDirSync(join(ROOT, folder))) {
    const path = join(folder, name);
    if (isDirectory) {
      if (name !== "target" && name !== "src" && name !== "tests") copy(path, to);
    } else if (/\.(ts|json)$/.test(name) && !name.endsWith("_test.ts")) {
      Deno.copyFileSync(join(ROOT, path), join(to, path));
    }
  }
}
