import { assertEquals } from "@std/assert";
import { native } from "./ffi.ts";

native();

/** How often each end is tried: a thread that loses its code falls over as soon as it runs again. */
const TIMES = 20;

/** A program with threads in every call that blocks, which then ends in some way. */
const program = (end: string) => `
  import { native } from ${JSON.stringify(import.meta.resolve("./ffi.ts"))};
  const symbols = native();
  const bytes = (text) => new TextEncoder().encode(text);
  const directory = Deno.makeTempDirSync({ prefix: "mesh-unload-" });
  const path = bytes(directory + "/control.sock");
  const report = new Uint8Array(4096);
  const control = symbols.mesh_control_listen(path, path.length, report, report.length);
  const poller = symbols.mesh_poller_open();
  void symbols.mesh_poller_wait(poller);
  const hello = bytes("{}");
  // Nobody answers: each comes back at another moment of the program's end.
  for (let ms = 4; ms < 60; ms += 2) {
    const request = symbols.mesh_attach_begin(path, path.length, hello, hello.length, ms);
    void symbols.mesh_attach_wait(request);
  }
  setTimeout(() => {
    Deno.removeSync(directory, { recursive: true });
    ${end}
  }, 2);`;

for (
  const [what, end, code] of [
    ["throws", `throw new Error("uncaught")`, 1],
    ["rejects", `Promise.reject(new Error("unhandled"))`, 1],
    ["exits", "Deno.exit(3)", 3],
    [
      "closes what its threads wait for",
      "symbols.mesh_control_close(control); symbols.mesh_poller_close(poller); Deno.exit(4)",
      4,
    ],
  ] as const
) {
  Deno.test(`a program that ${what} while threads wait in native calls ends as it should, each of ${TIMES} times`, async () => {
    for (let i = 0; i < TIMES; i++) {
      const output = await new Deno.Command(Deno.execPath(), {
        args: ["eval", "--no-lock", program(end)],
        stderr: "piped",
      }).output();
      const seen = [output.code, output.signal];
      assertEquals(seen, [code, null], new TextDecoder().decode(output.stderr));
    }
  });
}

Deno.test("the library stays in a process that has loaded it: it is linked to be never unmapped", async () => {
  const path = Deno.env.get("MESH_NATIVE_LIB") ??
    decodeURIComponent(new URL("../dist/libmesh_native.so", import.meta.url).pathname);
  const script = `
    const library = Deno.dlopen(${JSON.stringify(path)}, {
      mesh_abi_version: { parameters: [], result: "u32" },
    });
    library.symbols.mesh_abi_version();
    library.close();
    const maps = Deno.readTextFileSync("/proc/self/maps");
    console.log(maps.includes("libmesh_native") || maps.includes(${JSON.stringify(path)}));`;
  const output = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-lock", script],
  }).output();
  assertEquals(new TextDecoder().decode(output.stdout), "true\n");
});
