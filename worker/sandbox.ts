/**
 * Sandboxed exec processes: they start with what mesh itself needs on top of what their handlers are
 * granted, and give it up on the way.
 *
 * ```text
 * start ──attach──▶ give up all but reading ──load the modules──▶ give up reading ──▶ answer calls
 * ```
 *
 * Mapped memory and open FFI symbols go on working after `ffi` is revoked. Deno wants read permission to
 * import a module dynamically, so that goes last.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { MeshError } from "../errors.ts";
import type { PermissionName, Permissions } from "../config/types.ts";

/** Every permission of Deno, and the field that narrows it. */
const NARROWED_BY = {
  read: "path",
  write: "path",
  net: "host",
  env: "variable",
  run: "command",
  ffi: "path",
  sys: "kind",
} as const satisfies Record<PermissionName, string>;

const NAMES = Object.keys(NARROWED_BY) as PermissionName[]; // the keys of a literal

/**
 * What a sandboxed worker needs until it answers calls, beside what its handlers are granted.
 *
 * @param modules Absolute paths of the user's modules.
 * @param sources Absolute paths of the directories that their project's modules are in.
 */
export function neededToStart(modules: readonly string[], sources: readonly string[]): Permissions {
  const own = fileURLToPath(new URL("..", import.meta.url));
  const library = Deno.env.get("MESH_NATIVE_LIB") ?? join(own, "dist/libmesh_native.so");
  const read = new Set([own, ...modules.map((path) => dirname(path)), ...sources]);
  return { read: [...read], ffi: [library], env: ["MESH_NATIVE_LIB", "MESH_MARK_DEVICE"] };
}

/**
 * The flags of `deno run` for a worker that is going to be sandboxed.
 *
 * @param granted What its handlers may do.
 * @param needed What it needs to start.
 * @throws {MeshError} `INVALID_ARGUMENT` for what Deno cannot be told: a path with a comma.
 */
export function permissionFlags(granted: Permissions, needed: Permissions): string[] {
  return NAMES.flatMap((name) => {
    const lists: (readonly string[])[] = [];
    for (const list of [granted[name], needed[name]]) {
      if (list === true) return [`--allow-${name}`];
      if (list !== undefined) lists.push(list);
    }
    if (lists.length === 0) return [];
    const values = [...new Set(lists.flat())];
    const odd = values.find((value) => value.includes(","));
    if (odd !== undefined) {
      throw new MeshError(
        "INVALID_ARGUMENT",
        `exec.permissions: a sandbox cannot have ${
          JSON.stringify(odd)
        }: Deno takes its comma for the end of it`,
        { started: false },
      );
    }
    return [`--allow-${name}=${values.join(",")}`];
  });
}

/**
 * Gives up what was needed to attach: everything but reading.
 *
 * @param granted What handlers may do.
 * @param needed What the process was started with on top.
 */
export async function dropAttachPermissions(
  granted: Permissions,
  needed: Permissions,
): Promise<void> {
  for (const name of NAMES) if (name !== "read") await giveUp(name, granted, needed);
}

/** Gives up reading what was needed to load the modules; see {@linkcode dropAttachPermissions}. */
export async function dropLoadPermissions(
  granted: Permissions,
  needed: Permissions,
): Promise<void> {
  await giveUp("read", granted, needed);
}

async function giveUp(
  name: PermissionName,
  granted: Permissions,
  needed: Permissions,
): Promise<void> {
  const keep = granted[name];
  const extra = needed[name];
  if (keep === true || extra === undefined) return;
  if (extra === true) {
    // Revoking the whole takes the listed parts along, which were never asked for one by one.
    await Deno.permissions.revoke({ name } as Deno.PermissionDescriptor);
    return;
  }
  for (const value of extra) {
    if (keep?.includes(value)) continue;
    const descriptor = { name, [NARROWED_BY[name]]: value };
    await Deno.permissions.revoke(descriptor as unknown as Deno.PermissionDescriptor);
  }
}
