import { assert, assertEquals } from "@std/assert";
import { GONE_SERVERS_MAX } from "../limits.ts";
import { boundsReached } from "../limits/reached.ts";
import type { ServiceInfo } from "../wire/server_info.ts";
import type { LinkPort } from "./link/port.ts";
import { Membership } from "./membership.ts";

/** A membership looks at nothing of a port but its peer. */
function portTo(name: string, services: ServiceInfo[] = []): LinkPort {
  return { link: { peer: { name, services, draining: false } } } as unknown as LinkPort;
}

const quotes: ServiceInfo = { name: "quotes", handlers: [{ name: "price", idempotent: true }] };

Deno.test("a server whose link has gone stays known with what it offered, and comes back", () => {
  const membership = new Membership("web-1");
  const first = portTo("exec-1", [quotes]);
  membership.setPeer(first);
  membership.linkGone(first);
  const gone = membership.get("exec-1")!;
  assertEquals([gone.connected, gone.port], [false, null]);
  assert(gone.services.has("quotes"));
  const second = portTo("exec-1", [quotes]);
  membership.setPeer(second);
  membership.linkGone(first);
  assertEquals(
    membership.get("exec-1")!.port,
    second,
    "the old link's end says nothing of the new",
  );
});

Deno.test("servers that have gone are forgotten, oldest first, beyond a bound", () => {
  const membership = new Membership("web-1");
  membership.setPeer(portTo("stays"));
  const before = boundsReached().GONE_SERVERS_MAX;
  for (let i = 0; i <= GONE_SERVERS_MAX; i++) {
    const port = portTo(`gone-${i}`);
    membership.setPeer(port);
    membership.linkGone(port);
  }
  assertEquals(membership.get("gone-0"), undefined);
  assert(membership.get("gone-1") !== undefined);
  assert(membership.get("stays")!.connected);
  assertEquals(membership.members.length, GONE_SERVERS_MAX + 2);
  assertEquals(boundsReached().GONE_SERVERS_MAX, before + 1);
});

Deno.test("whether a handler is idempotent is asked of the server that has the call", () => {
  const membership = new Membership("web-1");
  membership.setPeer(portTo("exec-1", [quotes]));
  membership.setPeer(portTo("exec-2", [{
    ...quotes,
    handlers: [{ name: "price", idempotent: false }],
  }]));
  membership.setSelf([quotes], false);
  assert(membership.isIdempotent("exec-1", "quotes.price"));
  assert(!membership.isIdempotent("exec-2", "quotes.price"));
  assert(membership.isIdempotent("", "quotes.price"), "this server itself");
  assert(!membership.isIdempotent("exec-1", "quotes.other"));
  assert(!membership.isIdempotent("exec-1", "news.top"));
  assert(!membership.isIdempotent("exec-3", "quotes.price"), "nobody is asked in its place");
});
