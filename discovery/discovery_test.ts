import { assertEquals, assertThrows } from "@std/assert";
import { MeshError } from "../errors.ts";
import { testUnless } from "../tests/skip.ts";
import { Discovery } from "./discovery.ts";
import { TestDns } from "../tests/support/test_dns.ts";
import { noEtcd, TestEtcd } from "../tests/support/test_etcd.ts";
import { Changes } from "../tests/support/changes.ts";
import { MemoryLog } from "../tests/support/memory_log.ts";

/** A server's discovery, with what it has told whom to dial. */
class Server implements AsyncDisposable {
  readonly discovery: Discovery;
  readonly log = new MemoryLog();
  readonly told: { addresses: string; complete: boolean }[] = [];
  readonly #changes = new Changes();

  constructor(name: string, ...connect: string[]) {
    this.discovery = new Discovery({
      self: { name, epoch: "1" },
      setConnect: (addresses, complete) => {
        this.told.push({ addresses: addresses.toSorted().join(), complete });
        this.#changes.changed();
      },
      log: this.log,
    });
    this.discovery.configure(connect);
  }

  /** Settles when it dials just these, and knows that there are no others. */
  dials(...addresses: string[]): Promise<void> {
    const wanted = addresses.toSorted().join();
    return this.#changes.until(`it dials ${wanted}`, () => {
      const last = this.told.at(-1);
      return last?.addresses === wanted && last.complete;
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.discovery[Symbol.asyncDispose]();
  }
}

Deno.test("addresses that stand for themselves are dialled at once", async () => {
  await using server = new Server("one", "10.0.0.1:7400", "10.0.0.2:7400", "10.0.0.1:7400");
  assertEquals(server.told.at(-1), { addresses: "10.0.0.1:7400,10.0.0.2:7400", complete: true });
});

Deno.test("a server that nobody is configured for dials nobody, and knows that this is all", async () => {
  await using server = new Server("one");
  assertEquals(server.told, [{ addresses: "", complete: true }]);
});

Deno.test("sources are added up, each address once", async () => {
  await using dns = await TestDns.listen();
  dns.records.set("A a.test", ["10.0.0.1", "10.0.0.2"]);
  dns.records.set("SRV b.test", [{ target: "a.test", port: 7400 }, { target: "c.test", port: 1 }]);
  dns.records.set("A c.test", ["10.0.0.3"]);
  await using server = new Server(
    "one",
    "10.0.0.1:7400",
    `dns://a.test:7400${dns.query}`,
    `dns+srv://b.test${dns.query}`,
  );
  await server.dials("10.0.0.1:7400", "10.0.0.2:7400", "10.0.0.3:1");
});

Deno.test("until a source has answered it is not known whether these are all", async () => {
  await using dns = await TestDns.listen();
  await using server = new Server("one", "10.0.0.1:7400", `dns://a.test:7400${dns.query}`);
  await dns.asked(4);
  assertEquals(server.told.at(-1), { addresses: "10.0.0.1:7400", complete: false });
  dns.records.set("A a.test", ["10.0.0.2"]);
  await server.dials("10.0.0.1:7400", "10.0.0.2:7400");
  dns.failing.add("A a.test");
  dns.failing.add("AAAA a.test");
  while (server.told.at(-1)!.complete) await dns.asked(1);
  assertEquals(server.told.at(-1)!.addresses, "10.0.0.1:7400,10.0.0.2:7400");
});

Deno.test("firstAnswers() waits for an answer of each source, and no longer than it may", async () => {
  await using dns = await TestDns.listen();
  dns.records.set("A a.test", ["10.0.0.1"]);
  await using server = new Server("one", `dns://a.test:7400${dns.query}`);
  await server.discovery.firstAnswers(20_000);
  assertEquals(server.told.at(-1), { addresses: "10.0.0.1:7400", complete: true });
  dns.silent = true;
  server.discovery.configure([`dns://b.test:7400${dns.query}`]);
  await server.discovery.firstAnswers(50);
  assertEquals(server.discovery.sources.map(({ state }) => state), ["asking"]);
});

Deno.test("a server does not dial itself, under whatever address it is found", async () => {
  await using dns = await TestDns.listen();
  dns.records.set("A a.test", ["10.0.0.1", "127.0.0.1"]);
  await using server = new Server("one", `dns://a.test:7400${dns.query}`, "one.example:7400");
  await server.dials("10.0.0.1:7400", "127.0.0.1:7400", "one.example:7400");
  server.discovery.enter({ hostname: "0.0.0.0", port: 7400 }, "one.example:7400");
  await server.dials("10.0.0.1:7400");
});

Deno.test("sources can be added and left out at run time; those that stay know what they knew", async () => {
  await using dns = await TestDns.listen();
  dns.records.set("A a.test", ["10.0.0.1"]);
  dns.records.set("A b.test", ["10.0.0.2"]);
  const [a, b] = [`dns://a.test:7400${dns.query}`, `dns://b.test:7400${dns.query}`] as const;
  await using server = new Server("one", a, "10.0.0.9:7400");
  await server.dials("10.0.0.1:7400", "10.0.0.9:7400");
  dns.failing.add("A a.test");
  dns.failing.add("AAAA a.test");
  while (server.told.at(-1)!.complete) await dns.asked(1);
  server.discovery.configure([a, b]);
  while (!server.told.at(-1)!.addresses.includes("10.0.0.2")) await dns.asked(1);
  assertEquals(server.told.at(-1)!.addresses, "10.0.0.1:7400,10.0.0.2:7400");
  server.discovery.configure([b]);
  await server.dials("10.0.0.2:7400");
  const error = assertThrows(() => server.discovery.configure([b, "etcd://x"]), MeshError);
  assertEquals(error.code, "INVALID_ARGUMENT");
  assertEquals(server.discovery.sources.map(({ source }) => source), [b], "nothing changed");
});

testUnless(
  noEtcd,
  "servers in etcd dial each other; a source that is left out loses the entry",
  async () => {
    await using etcd = await TestEtcd.start();
    const source = `etcd://${etcd.endpoint}/mesh`;
    await using one = new Server("one", source);
    await using two = new Server("two", source);
    one.discovery.enter({ hostname: "127.0.0.1", port: 7401 });
    two.discovery.enter({ hostname: "127.0.0.1", port: 7402 }, "two.example:7402");
    await one.dials("two.example:7402");
    await two.dials("127.0.0.1:7401");
    two.discovery.configure(["10.0.0.3:7400"]);
    await one.dials();
    await two.dials("10.0.0.3:7400");
    two.discovery.configure([source]);
    await one.dials("two.example:7402");
    await two.discovery.leave();
    await one.dials();
    await two.dials("127.0.0.1:7401");
  },
);

testUnless(
  noEtcd,
  "an old entry with this server's address, under another name, is not dialled",
  async () => {
    await using etcd = await TestEtcd.start();
    const source = `etcd://${etcd.endpoint}/mesh`;
    await using one = new Server("exec-1a2b3c", source);
    one.discovery.enter({ hostname: "127.0.0.1", port: 7401 });
    await using two = new Server("exec-4d5e6f", source);
    await two.dials("127.0.0.1:7401");
    two.discovery.enter({ hostname: "127.0.0.1", port: 7401 });
    await two.dials();
  },
);
