/**
 * Puts faults into a copy of the sources: what is shipped has no switch for them.
 *
 * @module
 */
import { fromFileUrl, join } from "@std/path";
import type { PlantedFault } from "./fault.ts";

const ROOT = fromFileUrl(new URL("../../", import.meta.url));
/** What a simulation loads. */
const FOLDERS = [
  "boundary",
  "client",
  "config",
  "deps",
  "discovery",
  "endpoint",
  "executor",
  "limits",
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
/** And what stands beside the folders. */
const FILES = ["deno.json", "address.ts", "errors.ts", "limits.ts", "transition.ts"];
/** Shared by all copies: nobody writes there. */
const SHARED = ["node_modules", "dist"];

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

/** A copy of the sources in a temporary directory, for one fault after the other. */
export class Bed implements Disposable {
  /** Where it is. */
  readonly directory = Deno.makeTempDirSync({ prefix: "mesh-sim-" });
  #spoilt: string | undefined;

  constructor() {
    const { directory } = this;
    for (const file of FILES) Deno.copyFileSync(join(ROOT, file), join(directory, file));
    for (const folder of FOLDERS) copy(folder, directory);
    for (const shared of SHARED) {
      Deno.symlinkSync(join(ROOT, shared), join(directory, shared));
    }
  }

  /** Puts a fault in, in place of the one before. */
  plant(fault: PlantedFault): void {
    if (this.#spoilt !== undefined) this.#write(this.#spoilt, sourceOf(this.#spoilt));
    this.#write(fault.file, spoilt(sourceOf(fault.file), fault));
    this.#spoilt = fault.file;
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.directory, { recursive: true });
  }

  #write(file: string, text: string): void {
    Deno.writeTextFileSync(join(this.directory, file), text);
  }
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
