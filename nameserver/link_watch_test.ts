import { assertEquals } from "@std/assert";
import { type LinkedServer, LinkWatch } from "./link_watch.ts";

Deno.test("LinkWatch tells a lost link once, and each time it is lost again", () => {
  const servers = new Map<string, LinkedServer>();
  const lost: string[] = [];
  const watch = new LinkWatch(
    ["web-1", "web-2"],
    (name) => servers.get(name),
    (name) => lost.push(name),
  );
  watch.look();
  for (const name of ["web-1", "web-2"]) servers.set(name, { connected: true, draining: false });
  watch.look();
  assertEquals(lost, []);
  servers.set("web-1", { connected: false, draining: false });
  watch.look();
  watch.look();
  assertEquals(lost, ["web-1"]);
  servers.set("web-1", { connected: true, draining: false });
  watch.look();
  servers.set("web-1", { connected: false, draining: false });
  watch.look();
  assertEquals(lost, ["web-1", "web-1"]);
});

Deno.test("LinkWatch knows who drains, for as long as there is a link", () => {
  let server: LinkedServer | undefined;
  const watch = new LinkWatch(["web-1"], () => server, () => {});
  assertEquals(watch.draining("web-1"), false);
  server = { connected: true, draining: true };
  assertEquals(watch.draining("web-1"), true);
  server = { connected: false, draining: true };
  assertEquals(watch.draining("web-1"), false);
});
