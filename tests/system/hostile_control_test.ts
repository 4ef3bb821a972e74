/** What comes in at the control socket from programs that are no processes of mesh. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { attach } from "../../client/attach.ts";
import { project } from "../support/spawned_mesh.ts";
import { MeshError } from "../../errors.ts";
import { native } from "../../native/ffi.ts";
import { attachSlot } from "../../shm/attach.ts";
import { Random } from "../chaos/support/random.ts";
import { serve } from "../chaos/support/servers.ts";
import { untilClosed, writeAll } from "../chaos/support/stranger.ts";
import { endings, Load } from "../support/load.ts";

// Now, and not in the first test that attaches: its leak sanitizer would report an open library.
native();

const FILES = { "work.js": "export const echo = (input) => input;" };
const EXEC = ["--role", "exec", "--services", "work.js", "--processes", "1"];

Deno.test("Garbage, silence and crowds on the control socket disturb nobody, and guests get in meanwhile", async () => {
  const random = Random.printed("hostile control");
  await using p = await project(FILES);
  await using server = await serve(p, "one", ...EXEC);
  using mesh = await attach(server);
  const load = new Load(100, 5_000, (i) => mesh.call("work.echo", i));
  const path = join(server.runtimeDir, "control.sock");
  const dial = () => Deno.connect({ transport: "unix", path });
  await Promise.all(Array.from({ length: 50 }, async () => {
    using conn = await dial();
    await writeAll(conn, random.bytes(1 + random.below(2_000)));
    await conn.closeWrite().catch(() => {});
    await untilClosed(conn);
  }));
  const crowd = await Promise.all(Array.from({ length: 100 }, dial));
  using guest = await attach(server);
  assertEquals(await guest.call("work.echo", 1), 1);
  await Promise.all(crowd.map(async (conn) => {
    await untilClosed(conn);
    conn.close();
  }));
  const samples = await load.stop();
  assertEquals(endings(samples), { ok: samples.length });
});

Deno.test("A process without the token of a worker gets no slot, whatever it says it is", async () => {
  await using p = await project(FILES);
  await using server = await serve(p, "one", ...EXEC);
  const path = join(server.runtimeDir, "control.sock");
  const hello = (text: string) => attachSlot(path, new TextEncoder().encode(text), 2_000);
  const tries = [
    `{"kind":"exec","token":"00000000-0000-0000-0000-000000000000"}`,
    `{"kind":"web","token":""}`,
    `{"kind":"exec"}`,
    `{"kind":"root"}`,
    `null`,
    `[]`,
    `not even JSON`,
    ``,
  ];
  for (const text of tries) await assertRejects(() => hello(text), MeshError, undefined, text);
  const { slots, counters } = await server.status();
  assertEquals(slots.filter(({ kind }) => kind !== null).length, 1);
  assert((counters as { refusedProcesses: number }).refusedProcesses >= tries.length);
  using mesh = await attach(server);
  assertEquals(await mesh.call("work.echo", 1), 1);
});
