import { REPORT_BYTES } from "../limits.ts";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { MeshError } from "../errors.ts";
import { LAYOUT_TABLE } from "./layout.ts";
import { FaultKind, NativeFault, readReport } from "./fault.ts";
import { compareLayout, native } from "./ffi.ts";

const symbols = native();

Deno.test("the native library computes the same layout as TypeScript", () => {
  const out = new Uint8Array(8_192);
  const bytes = symbols.mesh_layout_table(out, out.byteLength);
  const text = new TextDecoder().decode(out.subarray(0, bytes));
  assertEquals(text.split("\n").length, LAYOUT_TABLE.size);
  assertEquals(compareLayout(text), []);
});

Deno.test("a layout that differs is told number by number", () => {
  const lines = [...LAYOUT_TABLE].map(([name, value]) => `${name}=${value}`);
  const first = LAYOUT_TABLE.keys().next().value!;
  const changed = lines.slice(1).map((line) =>
    line.startsWith("frame.kindMax=") ? "frame.kindMax=99" : line
  );
  assertEquals(compareLayout([...changed, "novel=5"].join("\n")), [
    `${first} is missing, wanted ${LAYOUT_TABLE.get(first)}`,
    `frame.kindMax is 99, wanted ${LAYOUT_TABLE.get("frame.kindMax")}`,
    "novel is 5, wanted none",
  ]);
});

Deno.test("a library that is not there is an error that says where it was looked for", async () => {
  const script = `import { native } from ${JSON.stringify(import.meta.resolve("./ffi.ts"))};
    try { native(); } catch (error) { console.log(error.code, error.message); }`;
  const output = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-lock", script],
    env: { MESH_NATIVE_LIB: "/nowhere/lib.so" },
  }).output();
  const text = new TextDecoder().decode(output.stdout);
  assert(text.startsWith("UNAVAILABLE load the native library /nowhere/lib.so:"), text);
  assert(text.includes("MESH_NATIVE_LIB"), text);
});

Deno.test("a call on a handle that was never given or is closed is a fault, not a crash", () => {
  const buffer = new Uint8Array(65_536);
  const closed = -FaultKind.CLOSED;
  for (const handle of [0, -1, 1, 0x7fff_ffff]) {
    assertEquals(symbols.mesh_slot_read(handle, buffer, buffer.byteLength), closed);
    assertEquals(symbols.mesh_slot_write(handle, buffer, 0, 16), closed);
    assertEquals(symbols.mesh_slot_prepare_sleep(handle, 0), closed);
    assertEquals(symbols.mesh_slot_modes(handle), closed);
    assertEquals(symbols.mesh_slot_close(handle), closed);
    assertEquals(symbols.mesh_segment_close(handle), closed);
    assertEquals(symbols.mesh_control_peek(handle), closed);
    assertEquals(symbols.mesh_control_close(handle), closed);
    assertEquals(symbols.mesh_poller_add(handle, 0, 1, 0), closed);
    assertEquals(symbols.mesh_poller_close(handle), closed);
  }
});

Deno.test("a native fault is a MeshError with kind, observed and wanted value", () => {
  const path = new TextEncoder().encode("/nowhere/segment");
  const report = new Uint8Array(REPORT_BYTES);
  const result = symbols.mesh_segment_create(
    path,
    path.byteLength,
    0,
    2048,
    report,
    report.byteLength,
  );
  const fault = new NativeFault(readReport(result, report));
  assert(fault instanceof MeshError);
  assertEquals([fault.fault, fault.code, fault.observed, fault.wanted], [
    "ARGUMENT",
    "INVALID_ARGUMENT",
    0,
    1024,
  ]);
  assertThrows(
    () => {
      throw fault;
    },
    NativeFault,
    "a segment has 0 slots, allowed are 1 to 1024",
  );
});

Deno.test("both languages number the kinds of fault alike", async () => {
  const source = await Deno.readTextFile(new URL("./src/error.rs", import.meta.url));
  const kinds = [...source.matchAll(/^ {4}([A-Z]\w+) = (\d+),$/gm)].map(([, name = "", number]) => [
    name.replace(/(?<=.)(?=[A-Z])/g, "_").toUpperCase(),
    Number(number),
  ]);
  assertEquals(Object.fromEntries(kinds), FaultKind);
});
