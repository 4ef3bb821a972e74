/**
 * A Deno and a base executable for `deno compile` that fit each other.
 *
 * `DENORT_BIN` names a base of the running Deno's version. Where there is none, the Python package index has
 * a pair of an older version: the package `deno`, and a program that was made by `deno compile` of the same
 * version, from which the base is what is left when the program behind it is cut off.
 *
 * @module
 */
import { join } from "@std/path";
import { textOf } from "../../boundary/text.ts";
import { commandPath } from "../skip.ts";
import { ROOT } from "./source_tree.ts";

/** What `deno compile` needs. */
export interface CompileBase {
  /** The Deno to compile with. */
  readonly deno: string;
  /** The base executable. */
  readonly denort: string;
}

const PACKAGES = ["deno==2.6.10", "bids-validator-deno==2.4.1"] as const;
const FOLDER = join(ROOT, "dist/compile_base");

/**
 * Finds or makes a pair.
 *
 * @returns The pair, or a sentence that says why there is none here.
 */
export async function compileBase(): Promise<CompileBase | string> {
  const given = Deno.env.get("DENORT_BIN");
  if (given) return { deno: Deno.execPath(), denort: given };
  const base = { deno: join(FOLDER, "deno"), denort: join(FOLDER, "denort") };
  if (exists(base.deno) && exists(base.denort)) return base;
  const python = commandPath("python3");
  if (python === undefined) {
    return "no base executable: DENORT_BIN is not set, python3 is not installed";
  }
  const work = await Deno.makeTempDir({ prefix: "mesh_compile_base_" });
  try {
    const download = ["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"];
    const fault = await run(python, [...download, "--dest", work, ...PACKAGES]);
    if (fault !== undefined) return `no base executable: DENORT_BIN is not set, pip: ${fault}`;
    for (const { name } of [...Deno.readDirSync(work)]) {
      await run(python, ["-m", "zipfile", "-e", join(work, name), join(work, "unpacked")]);
    }
    await Deno.mkdir(FOLDER, { recursive: true });
    await install(join(work, "unpacked/deno-2.6.10.data/scripts/deno"), base.deno);
    const program = "unpacked/bids_validator_deno-2.4.1.data/scripts/bids-validator-deno";
    await install(join(work, program), base.denort, withoutProgram);
    return base;
  } catch (error) {
    return `no base executable: ${textOf(error)}`;
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

/** Cuts off what stands behind an ELF file: the table of sections is the last of its own. */
function withoutProgram(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0) !== 0x7f454c46) throw new Error("not an ELF file");
  const tableAt = Number(view.getBigUint64(0x28, true));
  return bytes.subarray(0, tableAt + view.getUint16(0x3a, true) * view.getUint16(0x3c, true));
}

async function install(
  from: string,
  to: string,
  change: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array = (bytes) => bytes,
): Promise<void> {
  const part = `${to}.${Deno.pid}`;
  await Deno.writeFile(part, change(await Deno.readFile(from)), { mode: 0o755 });
  await Deno.rename(part, to);
}

/** Runs a command; gives the last line it complains with when it fails. */
async function run(command: string, args: string[]): Promise<string | undefined> {
  const { success, stderr } = await new Deno.Command(command, {
    args,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  return success ? undefined : new TextDecoder().decode(stderr).trim().split("\n").at(-1);
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
