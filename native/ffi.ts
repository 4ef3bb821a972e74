/**
 * The only `dlopen`: loads the native library, compares its version and its layout table with ours, and gives out
 * its functions with their types.
 *
 * The library is looked for at `MESH_NATIVE_LIB`, else at `dist/libmesh_native.so` beside the sources (also inside
 * a compiled program). It is loaded at the first use, so that importing mesh costs nothing where it is not needed.
 *
 * @module
 */
import { textOf } from "../boundary/text.ts";
import { MeshError } from "../errors.ts";
import { LAYOUT_TABLE } from "./layout.ts";

/** Version of the calls below. */
export const ABI_VERSION = 7;

/** No nonblocking call gets a buffer: it may outlive the program that lent it. */
const SYMBOLS = {
  mesh_abi_version: { parameters: [], result: "u32" },
  mesh_layout_table: { parameters: ["buffer", "u32"], result: "i32" },

  mesh_segment_create: {
    parameters: ["buffer", "u32", "u32", "u32", "buffer", "u32"],
    result: "i32",
  },
  mesh_segment_bury: {
    parameters: ["buffer", "u32", "buffer", "u32", "buffer", "u32"],
    result: "i32",
  },
  mesh_segment_epoch: { parameters: ["i32"], result: "u64" },
  mesh_segment_slot: { parameters: ["i32", "u32", "buffer", "u32"], result: "i32" },
  mesh_segment_retire: { parameters: ["i32", "u32", "buffer", "u32"], result: "i32" },
  mesh_segment_close: { parameters: ["i32"], result: "i32" },

  mesh_slot_read: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  mesh_slot_take: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  mesh_slot_release: { parameters: ["i32", "u32"], result: "i32" },
  mesh_slot_release_all: { parameters: ["i32"], result: "u32" },
  mesh_slot_write: { parameters: ["i32", "buffer", "u32", "u32"], result: "i32" },
  mesh_slot_prepare_sleep: { parameters: ["i32", "u32"], result: "i32" },
  mesh_slot_published: { parameters: ["i32"], result: "u32" },
  mesh_slot_consumed: { parameters: ["i32"], result: "u32" },
  mesh_slot_unread: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  mesh_slot_modes: { parameters: ["i32"], result: "i32" },
  mesh_slot_dropped: { parameters: ["i32"], result: "f64" },
  mesh_slot_info: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  mesh_slot_fault: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  mesh_slot_close: { parameters: ["i32"], result: "i32" },

  mesh_fd_duplicate: { parameters: ["i32"], result: "i32" },
  mesh_fd_close: { parameters: ["i32"], result: "i32" },
  mesh_mark_open: { parameters: [], result: "i32" },
  mesh_mark_signal: { parameters: ["i32"], result: "i32" },
  mesh_socket_pair: { parameters: ["buffer", "u32"], result: "i32" },

  mesh_memory_trim: { parameters: [], result: "i32" },
  mesh_clock_ms: { parameters: [], result: "f64" },
  mesh_end_with_parent: { parameters: [], result: "i32" },
  mesh_user_id: { parameters: [], result: "u32" },

  mesh_port_sockets: { parameters: ["u32", "buffer", "u32"], result: "i32" },
  mesh_listener_cork: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  mesh_listener_waiting: { parameters: ["i32"], result: "i32" },
  mesh_listener_close: { parameters: ["i32"], result: "i32" },
  mesh_pipe_write: { parameters: ["i32", "buffer", "u32", "u32"], result: "i32" },

  mesh_own_directories: {
    parameters: ["buffer", "u32", "buffer", "u32", "buffer", "u32"],
    result: "i32",
  },
  mesh_is_listening: { parameters: ["buffer", "u32"], result: "i32" },

  mesh_poller_open: { parameters: [], result: "i32" },
  mesh_poller_add: { parameters: ["i32", "i32", "u32", "u32"], result: "i32" },
  mesh_poller_remove: { parameters: ["i32", "u32"], result: "i32" },
  mesh_poller_wait: { parameters: ["i32"], result: "i32", nonblocking: true },
  mesh_poller_take: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  mesh_poller_close: { parameters: ["i32"], result: "i32" },

  mesh_control_listen: { parameters: ["buffer", "u32", "buffer", "u32"], result: "i32" },
  mesh_control_listen_again: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  mesh_control_wait: { parameters: ["i32"], result: "i32", nonblocking: true },
  mesh_control_peek: { parameters: ["i32"], result: "i32" },
  mesh_control_take: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  mesh_control_admit: {
    parameters: ["i32", "u32", "i32", "u32", "buffer", "u32", "buffer", "u32"],
    result: "i32",
  },
  mesh_control_refuse: {
    parameters: ["i32", "u32", "buffer", "u32", "buffer", "u32"],
    result: "i32",
  },
  mesh_control_hang_up: { parameters: ["i32", "u32"], result: "i32" },
  mesh_control_close: { parameters: ["i32"], result: "i32" },

  mesh_attach_begin: { parameters: ["buffer", "u32", "buffer", "u32", "u32"], result: "i32" },
  mesh_attach_wait: { parameters: ["i32"], result: "i32", nonblocking: true },
  mesh_attach_take: { parameters: ["i32", "buffer", "u32"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

/** The functions of the native library. */
export type Native = Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];

let loaded: Native | undefined;

/**
 * The functions of the native library; the first call loads it.
 *
 * In a test, call it once at the top of the file: the leak sanitizer takes a library that is loaded inside a test,
 * and stays loaded, for a leak.
 *
 * @returns The functions.
 * @throws MeshError `UNAVAILABLE` when the library is not there or cannot be loaded, `INTERNAL` when it is of
 * another version.
 */
export function native(): Native {
  return loaded ??= load();
}

function load(): Native {
  const path = libraryPath();
  const symbols = open(path);
  const version = symbols.mesh_abi_version();
  if (version !== ABI_VERSION) {
    throw new MeshError(
      "INTERNAL",
      `load ${path}: its version is ${version}, wanted ${ABI_VERSION}; build it again`,
      { started: false },
    );
  }
  const table = new Uint8Array(8_192);
  const bytes = symbols.mesh_layout_table(table, table.byteLength);
  const differences = compareLayout(
    new TextDecoder().decode(table.subarray(0, Math.max(bytes, 0))),
  );
  if (differences.length > 0) {
    throw new MeshError(
      "INTERNAL",
      `load ${path}: its memory layout differs from this program's; build it again: ${
        differences.join("; ")
      }`,
      { started: false },
    );
  }
  return symbols;
}

function open(path: string): Native {
  try {
    return Deno.dlopen(path, SYMBOLS).symbols;
  } catch (cause) {
    const seen = textOf(cause);
    throw new MeshError(
      "UNAVAILABLE",
      `load the native library ${path}: ${seen}; build it (./mesh does) or set MESH_NATIVE_LIB`,
      { started: false, cause },
    );
  }
}

/**
 * How a layout table of the native library differs from ours.
 *
 * @param text Lines `name=value`.
 * @returns One sentence per difference; empty when there is none.
 */
export function compareLayout(text: string): string[] {
  const theirs = new Map(
    text.split("\n").filter((line) => line !== "").map((line): [string, number] => {
      const at = line.lastIndexOf("=");
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
  const names = new Set([...LAYOUT_TABLE.keys(), ...theirs.keys()]);
  return [...names]
    .filter((name) => LAYOUT_TABLE.get(name) !== theirs.get(name))
    .map((name) =>
      `${name} is ${theirs.get(name) ?? "missing"}, wanted ${LAYOUT_TABLE.get(name) ?? "none"}`
    );
}

function libraryPath(): string {
  // Asking without the permission would open a prompt in a user's program.
  const variable = "MESH_NATIVE_LIB";
  const mayAsk = Deno.permissions.querySync({ name: "env", variable }).state === "granted";
  const chosen = mayAsk ? Deno.env.get(variable) : undefined;
  if (chosen !== undefined && chosen !== "") return chosen;
  const beside = new URL("../dist/libmesh_native.so", import.meta.url);
  if (beside.protocol !== "file:") {
    throw new MeshError(
      "UNAVAILABLE",
      `load the native library: mesh was loaded from ${import.meta.url}, which is no file; set MESH_NATIVE_LIB`,
      { started: false },
    );
  }
  return decodeURIComponent(beside.pathname);
}
