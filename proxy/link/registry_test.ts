import { assertEquals, assertRejects } from "@std/assert";
import { GoodbyeReason } from "../../wire/link_messages.ts";
import { HandshakeRefusal } from "./handshake.ts";
import { LinkRegistry } from "./registry.ts";

const peer = { name: "m", epoch: "0000000000000001", roles: ["exec"], features: [] };

async function refused(attempt: () => Promise<unknown>): Promise<void> {
  const refusal = await assertRejects(attempt, HandshakeRefusal);
  assertEquals(refusal.reason, GoodbyeReason.DUPLICATE);
}

Deno.test("of two connections that dial the same server at once, the first one goes on", async () => {
  const registry = new LinkRegistry(() => "a");
  const first = await registry.claim(peer);
  await refused(() => registry.claim(peer));
  registry.confirm(first);
  registry.release(await registry.claim(peer));
  await registry.claim({ ...peer, name: "n" });
});

Deno.test("of two servers that dial each other at once, the connection of the smaller name becomes the link", async () => {
  const smaller = new LinkRegistry(() => "a");
  await smaller.claim(peer);
  await refused(() => smaller.admit(peer));
  const larger = new LinkRegistry(() => "z");
  const claim = await larger.claim(peer);
  await larger.admit(peer);
  await refused(() => Promise.resolve().then(() => larger.confirm(claim)));
});
