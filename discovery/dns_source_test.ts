import { assertEquals, assertMatch } from "@std/assert";
import { DnsSource } from "./dns_source.ts";
import { parseSourceAddress } from "../config/source_address.ts";
import { TestDns } from "../tests/support/test_dns.ts";
import { MemoryLog } from "../tests/support/memory_log.ts";
import { Watched } from "../tests/support/watched_source.ts";

function watch(text: string, log = new MemoryLog()): Watched<DnsSource> {
  const where = parseSourceAddress(text);
  if (where?.kind !== "dns" && where?.kind !== "dns+srv") throw new Error(`no name: ${text}`);
  return new Watched(new DnsSource(text, where, log));
}

Deno.test("dns:// gives every address of a name, IPv4 and IPv6, with the port", async () => {
  await using dns = await TestDns.listen();
  dns.records.set("A mesh.test", ["10.0.0.2", "10.0.0.1"]);
  dns.records.set("AAAA mesh.test", ["fd00::1"]);
  await using seen = watch(`dns://mesh.test:7400${dns.query}`);
  await seen.gives("10.0.0.1:7400", "10.0.0.2:7400", "[fd00::1]:7400");
});

Deno.test("dns:// follows the name: addresses come and go", async () => {
  await using dns = await TestDns.listen();
  dns.records.set("A mesh.test", ["10.0.0.1"]);
  await using seen = watch(`dns://mesh.test:7400${dns.query}`);
  await seen.gives("10.0.0.1:7400");
  dns.records.set("A mesh.test", ["10.0.0.1", "10.0.0.2"]);
  await seen.gives("10.0.0.1:7400", "10.0.0.2:7400");
  dns.records.set("A mesh.test", ["10.0.0.2"]);
  await seen.gives("10.0.0.2:7400");
});

Deno.test("answers that say the same, in another order, are no news", async () => {
  await using dns = await TestDns.listen();
  dns.records.set("A mesh.test", ["10.0.0.1", "10.0.0.2"]);
  await using seen = watch(`dns://mesh.test:7400${dns.query}`);
  await seen.gives("10.0.0.1:7400", "10.0.0.2:7400");
  dns.records.set("A mesh.test", ["10.0.0.2", "10.0.0.1"]);
  await dns.asked(6);
  assertEquals(seen.told.length, 1);
});

Deno.test("dns+srv:// gives every target with its own port", async () => {
  await using dns = await TestDns.listen();
  dns.records.set("SRV _mesh._tcp.test", [
    { target: "one.test", port: 7401 },
    { target: "two.test", port: 7402, priority: 9 },
    { target: "two.test", port: 7403 },
  ]);
  dns.records.set("A one.test", ["10.0.0.1"]);
  dns.records.set("A two.test", ["10.0.0.2"]);
  dns.records.set("AAAA two.test", ["fd00::2"]);
  await using seen = watch(`dns+srv://_mesh._tcp.test${dns.query}`);
  await seen.gives(
    ...["10.0.0.1:7401", "10.0.0.2:7402", "10.0.0.2:7403", "[fd00::2]:7402", "[fd00::2]:7403"],
  );
  dns.records.set("SRV _mesh._tcp.test", [{ target: "one.test", port: 7401 }]);
  await seen.gives("10.0.0.1:7401");
});

Deno.test("an SRV record whose target is the root offers nothing", async () => {
  await using dns = await TestDns.listen();
  dns.records.set("SRV mesh.test", [{ target: ".", port: 7400 }]);
  await using seen = watch(`dns+srv://mesh.test${dns.query}`);
  await seen.gives();
});

Deno.test("a name that cannot be looked up any more keeps its addresses, until it can", async () => {
  await using dns = await TestDns.listen();
  const log = new MemoryLog();
  dns.records.set("A mesh.test", ["10.0.0.1"]);
  await using seen = watch(`dns://mesh.test:7400${dns.query}`, log);
  await seen.gives("10.0.0.1:7400");
  for (const how of ["failing", "gone"]) {
    if (how === "failing") ["A", "AAAA"].forEach((type) => dns.failing.add(`${type} mesh.test`));
    else dns.records.clear();
    await seen.until(`${how}: stale`, () => seen.source.status.state === "stale");
    await dns.asked(4);
    assertEquals(seen.addresses, ["10.0.0.1:7400"], how);
    assertEquals(seen.source.status.addresses, 1);
    assertMatch(seen.source.status.error!, /no records found|server failure/i);
    dns.failing.clear();
    dns.records.set("A mesh.test", ["10.0.0.1"]);
    await seen.until(`${how}: current again`, () => seen.source.status.state === "current");
    assertEquals(seen.source.status.error, null);
  }
  assertEquals(log.told.length, 2, "one line per trouble, not per lookup");
});

Deno.test("SRV records that cannot be looked up any more keep their addresses", async () => {
  await using dns = await TestDns.listen();
  dns.records.set("SRV mesh.test", [{ target: "one.test", port: 7401 }]);
  dns.records.set("A one.test", ["10.0.0.1"]);
  await using seen = watch(`dns+srv://mesh.test${dns.query}`);
  await seen.gives("10.0.0.1:7401");
  dns.failing.add("SRV mesh.test");
  await seen.until("it is stale", () => seen.source.status.state === "stale");
  assertEquals(seen.addresses, ["10.0.0.1:7401"]);
});

Deno.test("a target that cannot be looked up does not hold up the others", async () => {
  await using dns = await TestDns.listen();
  dns.records.set("SRV mesh.test", [
    { target: "one.test", port: 7401 },
    { target: "two.test", port: 7402 },
  ]);
  dns.records.set("A one.test", ["10.0.0.1"]);
  await using seen = watch(`dns+srv://mesh.test${dns.query}`);
  await seen.until("one is there", () => seen.addresses.join() === "10.0.0.1:7401");
  assertEquals(seen.source.status.state, "stale");
  dns.records.set("A two.test", ["10.0.0.2"]);
  await seen.gives("10.0.0.1:7401", "10.0.0.2:7402");
});

Deno.test("of a family that gets no answer the last answer is used, of one without addresses none", async () => {
  await using dns = await TestDns.listen();
  dns.records.set("A mesh.test", ["10.0.0.1"]);
  dns.records.set("AAAA mesh.test", ["fd00::1"]);
  await using seen = watch(`dns://mesh.test:7400${dns.query}`);
  await seen.gives("10.0.0.1:7400", "[fd00::1]:7400");
  dns.unanswered.add("AAAA mesh.test");
  dns.records.set("A mesh.test", ["10.0.0.2"]);
  await seen.until(
    "the old IPv6 address and the new IPv4 one",
    () => seen.addresses.join() === "10.0.0.2:7400,[fd00::1]:7400",
  );
  assertMatch(seen.source.status.error!, /timed out|no answer for AAAA mesh\.test within/);
  dns.unanswered.clear();
  dns.records.delete("AAAA mesh.test");
  await seen.gives("10.0.0.2:7400");
});

Deno.test("a name that has never been found is being asked for, and is found when it is there", async () => {
  await using dns = await TestDns.listen();
  await using seen = watch(`dns://mesh.test:7400${dns.query}`);
  await dns.asked(4);
  assertEquals(seen.source.status.state, "asking");
  dns.records.set("A mesh.test", ["10.0.0.1"]);
  await seen.gives("10.0.0.1:7400");
});

Deno.test("a source ends while a name server keeps it waiting", async () => {
  await using dns = await TestDns.listen();
  dns.silent = true;
  await using seen = watch(`dns://mesh.test:7400${dns.query}`);
  await dns.asked(1);
  await seen.source[Symbol.asyncDispose]();
  assertEquals(seen.told, []);
});
