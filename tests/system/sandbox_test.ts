import { assertEquals, assertMatch } from "@std/assert";
import { startMesh } from "../../testing.ts";

const SERVICE = `
export function state({ name, ...rest }) {
  return Deno.permissions.querySync({ name, ...rest }).state;
}
export async function read({ path }) {
  return (await Deno.readTextFile(path)).length;
}
`;

async function project(): Promise<{ path: string } & AsyncDisposable> {
  const path = await Deno.makeTempDir({ prefix: "mesh-sandbox-" });
  await Deno.writeTextFile(`${path}/probe.ts`, SERVICE);
  await Deno.writeTextFile(`${path}/secret.txt`, "secret");
  await Deno.writeTextFile(`${path}/open.txt`, "open");
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

Deno.test("a sandboxed handler may do what its configuration grants, and nothing else", async () => {
  await using files = await project();
  await using mesh = await startMesh({
    services: `${files.path}/probe.ts`,
    config: { exec: { permissions: { read: [`${files.path}/open.txt`], env: ["HOME"] } } },
  });
  const state = (name: string, rest: Record<string, string> = {}) =>
    mesh.mesh.call<string>("probe.state", { name, ...rest });
  for (const name of ["read", "write", "net", "env", "run", "ffi", "sys"]) {
    assertEquals(await state(name), "prompt", name);
  }
  assertEquals(await state("env", { variable: "HOME" }), "granted");
  assertEquals(await mesh.mesh.call("probe.read", { path: `${files.path}/open.txt` }), 4);
  const refused = await mesh.mesh.call("probe.read", { path: `${files.path}/secret.txt` })
    .then(() => undefined, (error) => error);
  assertEquals(refused.code, "INTERNAL");
  assertMatch(refused.message, /Requires read access/);
});

Deno.test("without permissions in the configuration handlers are not sandboxed", async () => {
  await using files = await project();
  await using mesh = await startMesh({ services: `${files.path}/probe.ts` });
  assertEquals(await mesh.mesh.call("probe.state", { name: "write" }), "granted");
  assertEquals(await mesh.mesh.call("probe.read", { path: `${files.path}/secret.txt` }), 6);
});
