import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { basename } from "@std/path";
import { native } from "../native/ffi.ts";
import { meantServer, ownPlaces, runningServers } from "../shm/running_servers.ts";
import { project } from "../tests/support/spawned_mesh.ts";

native();

Deno.test("mesh demo serves the portal and leaves no process and no file at SIGTERM", async () => {
  const before = await directories();
  await using p = await project({});
  await using demo = p.start("demo", "--listen", "127.0.0.1:0");
  const url = await demo.firstLine;
  if (url === undefined) throw new Error((await demo.ended).stderr);
  assertMatch(url, /^http:\/\/127\.0\.0\.1:\d+\/$/);
  const response = await fetch(url);
  assertEquals(response.status, 200);
  const page = await response.text();
  assertStringIncludes(page, "<html");
  // Sections tell who made them.
  for (const server of ["exec-1", "exec-2"]) assertStringIncludes(page, server);

  const ours = (await processes()).filter(([, parent]) => parent === demo.pid).map(([pid]) => pid);
  assertEquals(ours.length, 3);
  const workers = (await processes()).filter(([, parent]) => ours.includes(parent));
  assertEquals(workers.length, 3);
  const servers = runningServers(ownPlaces()).filter(({ demo }) =>
    !before.includes(basename(demo ?? ""))
  );
  const own = Map.groupBy(servers, ({ demo }) => demo).values().find((group) => group.length === 3);
  const runtimeDir = meantServer(own ?? [])?.runtimeDir ?? "";
  const quote = p.start("call", "quotes.price", '{"symbol":"YHOO"}', "--runtime-dir", runtimeDir);
  assertMatch((await quote.ended).stdout, /"symbol": ?"YHOO"/);
  demo.kill("SIGTERM");
  const { code, stdout } = await demo.ended;
  assertEquals([code, stdout], [0, `${url}\n`]);
  const left = new Set((await processes()).map(([pid]) => pid));
  const of = [...ours, ...workers.map(([pid]) => pid)];
  assertEquals(of.filter((pid) => left.has(pid)), []);
  assertEquals(await directories(), before);
});

/** Runtime directories of demos. */
async function directories(): Promise<string[]> {
  const names = (await Array.fromAsync(Deno.readDir("/dev/shm"))).map(({ name }) => name);
  return names.filter((name) => name.startsWith("mesh-demo-")).sort();
}

/** Process and parent of everything that runs. */
async function processes(): Promise<[number, number][]> {
  const found: [number, number][] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await Deno.readTextFile(`/proc/${name}/stat`).catch(() => "");
    // The name in the second field may itself hold blanks and parentheses.
    const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (state !== undefined && state !== "Z" && state !== "") {
      found.push([Number(name), Number(parent)]);
    }
  }
  return found;
}
