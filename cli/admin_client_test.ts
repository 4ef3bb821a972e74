import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { askServer, isServing } from "./admin_client.ts";

Deno.test("askServer() asks again and again over a Unix socket, and says what a server refused", async () => {
  const directory = await Deno.makeTempDir({ prefix: "mesh-admin-" });
  const server = Deno.serve(
    { path: join(directory, "admin.sock"), onListen: () => {} },
    ({ url }) =>
      url.endsWith("/status")
        ? Response.json({ text: "ü".repeat(100_000) })
        : new Response("no such page", { status: 404 }),
  );
  assertEquals(await isServing(directory), true);
  for (let i = 0; i < 100; i++) {
    assertEquals(await askServer(directory, "/status"), { text: "ü".repeat(100_000) });
  }
  await assertRejects(() => askServer(directory, "/x"), Error, "answered 404 to /x: no such page");
  await server.shutdown();
  await Deno.remove(directory, { recursive: true });
});

Deno.test("askServer() says that no server runs in a directory", async () => {
  const directory = await Deno.makeTempDir({ prefix: "mesh-admin-" });
  assertEquals(await isServing(directory), false);
  await assertRejects(() => askServer(directory, "/status"), Error, "no server runs in");
  await Deno.remove(directory);
});
