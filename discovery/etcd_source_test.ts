import { assert, assertEquals, assertMatch } from "@std/assert";
import { testUnless } from "../tests/skip.ts";
import { EtcdSource } from "./etcd_source.ts";
import { encodeEntry } from "./server_entry.ts";
import { parseSourceAddress } from "../config/source_address.ts";
import { noEtcd, TestEtcd } from "../tests/support/test_etcd.ts";
import { MemoryLog } from "../tests/support/memory_log.ts";
import { Watched } from "../tests/support/watched_source.ts";

/** A server that registers and watches. Its entry lives for 1 s, the least that etcd grants, or `lifeMs`. */
class Server extends Watched<EtcdSource> {
  readonly log: MemoryLog;

  constructor(
    endpoints: string,
    readonly name: string,
    { epoch = "1", lifeMs = 10_000, renewMs = 300 } = {},
  ) {
    const text = `etcd://${endpoints}/mesh`;
    const where = parseSourceAddress(text);
    if (where?.kind !== "etcd") throw new Error(`no etcd: ${text}`);
    const log = new MemoryLog();
    super(new EtcdSource({ text, where, self: { name, epoch }, log, lifeMs, renewMs }));
    this.log = log;
  }

  /** Registers, and settles when the entry stands. */
  async enters(address: string): Promise<this> {
    this.source.enter({ address });
    await this.until(`${this.name} is registered`, () => this.source.status.registered === true);
    return this;
  }
}

testUnless(
  noEtcd,
  "servers that register under a prefix find each other, not themselves",
  async () => {
    await using etcd = await TestEtcd.start();
    await using one = await new Server(etcd.endpoint, "one", { epoch: "e1" }).enters(
      "10.0.0.1:7400",
    );
    await using two = await new Server(etcd.endpoint, "two").enters("10.0.0.2:7400");
    await using idle = new Server(etcd.endpoint, "idle");
    await one.gives("10.0.0.2:7400");
    await two.gives("10.0.0.1:7400");
    await idle.gives("10.0.0.1:7400", "10.0.0.2:7400");
    await using three = await new Server(etcd.endpoint, "three").enters("[::1]:7400");
    await one.gives("10.0.0.2:7400", "[::1]:7400");
    await three.gives("10.0.0.1:7400", "10.0.0.2:7400");
    const entries = await etcd.read("mesh/");
    assertEquals(Object.keys(entries).sort(), ["mesh/one", "mesh/three", "mesh/two"]);
    assertEquals(JSON.parse(entries["mesh/one"]!), {
      address: "10.0.0.1:7400",
      name: "one",
      epoch: "e1",
    });
    assertEquals(idle.source.status.registered, false);
  },
);

testUnless(
  noEtcd,
  "a server that leaves takes its entry back at once, and can come again",
  async () => {
    await using etcd = await TestEtcd.start();
    await using one = await new Server(etcd.endpoint, "one").enters("10.0.0.1:7400");
    await using two = new Server(etcd.endpoint, "two");
    await two.gives("10.0.0.1:7400");
    for (let i = 0; i < 2; i++) {
      await one.source.leave();
      assertEquals(await etcd.read("mesh/"), {});
      await two.gives();
      await one.enters("10.0.0.1:7400");
      await two.gives("10.0.0.1:7400");
    }
  },
);

testUnless(
  noEtcd,
  "the entry of a server that was killed ends by itself, that of a living one does not",
  async () => {
    await using etcd = await TestEtcd.start();
    await using alive = await new Server(etcd.endpoint, "alive", { lifeMs: 1_000 })
      .enters("10.0.0.1:7400");
    await using killed = await new Server(etcd.endpoint, "killed", { lifeMs: 1_000 })
      .enters("10.0.0.2:7400");
    await using idle = new Server(etcd.endpoint, "idle");
    await idle.gives("10.0.0.1:7400", "10.0.0.2:7400");
    await killed.source[Symbol.asyncDispose](); // as a killed one: without leave()
    await idle.gives("10.0.0.1:7400");
    assertEquals(Object.keys(await etcd.read("mesh/")), ["mesh/alive"]);
    assertEquals(alive.source.status.registered, true);
  },
);

testUnless(
  noEtcd,
  "etcd killed and started again: what was known stays, and what is new is found",
  async () => {
    await using etcd = await TestEtcd.start();
    await using one = await new Server(etcd.endpoint, "one").enters("10.0.0.1:7400");
    await using two = await new Server(etcd.endpoint, "two").enters("10.0.0.2:7400");
    await one.gives("10.0.0.2:7400");
    await two.gives("10.0.0.1:7400");
    await etcd.stop();
    await one.until("it notices", () => one.source.status.state === "stale");
    assertEquals(one.addresses, ["10.0.0.2:7400"]);
    assertMatch(one.source.status.error!, /./);
    assertEquals(one.source.status.registered, false);
    await using late = new Server(etcd.endpoint, "late");
    late.source.enter({ address: "10.0.0.3:7400" });
    await late.until("it has tried", () => late.source.status.error !== null);
    assertEquals(late.source.status.state, "asking");
    await etcd.start();
    await one.gives("10.0.0.2:7400", "10.0.0.3:7400");
    await two.gives("10.0.0.1:7400", "10.0.0.3:7400");
    await late.gives("10.0.0.1:7400", "10.0.0.2:7400");
    assert(
      one.told.every((addresses, i) => i === 0 || addresses.includes("10.0.0.2:7400") || i < 3),
    );
    const warnings = one.log.told.filter((line) => line.includes("does not answer"));
    assertEquals(warnings.length, 1, "one line per trouble, not per attempt");
  },
);

testUnless(
  noEtcd,
  "an etcd that has lost all its data is filled again by the servers",
  async () => {
    await using etcd = await TestEtcd.start();
    await using one = await new Server(etcd.endpoint, "one").enters("10.0.0.1:7400");
    await using two = await new Server(etcd.endpoint, "two").enters("10.0.0.2:7400");
    await one.gives("10.0.0.2:7400");
    await etcd.stop();
    etcd.forget();
    await etcd.start();
    await one.until("it is registered", () => one.source.status.registered === true);
    await two.until("it is registered", () => two.source.status.registered === true);
    await one.gives("10.0.0.2:7400");
    await two.gives("10.0.0.1:7400");
  },
);

testUnless(noEtcd, "an etcd that hangs is noticed, and used again when it answers", async () => {
  await using etcd = await TestEtcd.start();
  await using one = await new Server(etcd.endpoint, "one").enters("10.0.0.1:7400");
  await using two = await new Server(etcd.endpoint, "two").enters("10.0.0.2:7400");
  await one.gives("10.0.0.2:7400");
  etcd.signal("SIGSTOP");
  try {
    await one.until("it notices", () => one.source.status.state === "stale");
    assertMatch(one.source.status.error!, /did not answer within/);
    assertEquals(one.addresses, ["10.0.0.2:7400"]);
  } finally {
    etcd.signal("SIGCONT");
  }
  await one.gives("10.0.0.2:7400");
  await two.until("it is back", () => two.source.status.registered === true);
});

testUnless(noEtcd, "of several endpoints those that fail are passed over", async () => {
  await using etcd = await TestEtcd.start();
  await using other = await TestEtcd.start(); // another cluster: who is sent there finds nobody
  await other.stop();
  await using one = await new Server(`${other.endpoint},${etcd.endpoint}`, "one")
    .enters("10.0.0.1:7400");
  await using two = await new Server(etcd.endpoint, "two").enters("10.0.0.2:7400");
  await one.gives("10.0.0.2:7400");
  await two.gives("10.0.0.1:7400");
  await etcd.stop();
  await other.start();
  await one.until("it is registered at the other", () => one.source.status.registered === true);
  assertEquals(Object.keys(await other.read("mesh/")), ["mesh/one"]);
});

testUnless(noEtcd, "an entry that somebody deletes is put again", async () => {
  await using etcd = await TestEtcd.start();
  await using one = await new Server(etcd.endpoint, "one").enters("10.0.0.1:7400");
  await using two = new Server(etcd.endpoint, "two");
  await two.gives("10.0.0.1:7400");
  await etcd.remove("mesh/one");
  // Not what `two` has told: it may hear of both changes in one message.
  await etcd.holds("mesh/one");
  await two.gives("10.0.0.1:7400");
  assertEquals(one.source.status.registered, true);
});

testUnless(
  noEtcd,
  "what changed before a compaction that a watch came too late for is read again",
  async () => {
    await using etcd = await TestEtcd.start();
    await etcd.put("mesh/two", encodeEntry({ address: "10.0.0.2:7400", name: "two", epoch: "1" }));
    // Between reading and watching there is a moment; this relay makes it long.
    const watching = Promise.withResolvers<void>();
    const compacted = Promise.withResolvers<void>();
    await using relay = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      async (request) => {
        const { pathname } = new URL(request.url);
        const body = await request.text();
        if (pathname === "/v3/watch") {
          watching.resolve();
          await compacted.promise;
        }
        return await fetch(`http://${etcd.endpoint}${pathname}`, {
          method: "POST",
          body,
        });
      },
    );
    await using one = new Server(`127.0.0.1:${relay.addr.port}`, "one");
    await one.gives("10.0.0.2:7400");
    await watching.promise;
    await etcd.remove("mesh/two");
    await etcd.put(
      "mesh/three",
      encodeEntry({ address: "10.0.0.3:7400", name: "three", epoch: "1" }),
    );
    await etcd.compact();
    compacted.resolve();
    await one.gives("10.0.0.3:7400");
    assertEquals(one.source.status.error, null);
    assertEquals(one.log.told, []);
  },
);

testUnless(noEtcd, "entries that are none are passed over, and so are keys of others", async () => {
  await using etcd = await TestEtcd.start();
  await etcd.put("mesh/text", "10.0.0.9:7400");
  await etcd.put("mesh/null", "null");
  await etcd.put("mesh/address", JSON.stringify({ address: "x", name: "address", epoch: "1" }));
  await etcd.put("mesh/name", encodeEntry({ address: "10.0.0.9:7400", name: "other", epoch: "1" }));
  await etcd.put("mesh/a/b", encodeEntry({ address: "10.0.0.9:7400", name: "b", epoch: "1" }));
  await etcd.put("mesh2/x", encodeEntry({ address: "10.0.0.9:7400", name: "x", epoch: "1" }));
  await etcd.put("mesh/ok", encodeEntry({ address: "10.0.0.2:7400", name: "ok", epoch: "1" }));
  await using one = new Server(etcd.endpoint, "one");
  await one.gives("10.0.0.2:7400");
  await etcd.put("mesh/ok", "broken");
  await one.gives();
});

testUnless(
  noEtcd,
  "a server that was started again takes its name over, whatever becomes of the old lease",
  async () => {
    await using etcd = await TestEtcd.start();
    await using idle = new Server(etcd.endpoint, "idle");
    const first = await new Server(etcd.endpoint, "one", { epoch: "1", lifeMs: 1_000 })
      .enters("10.0.0.1:7400");
    await idle.gives("10.0.0.1:7400");
    await first.source[Symbol.asyncDispose]();
    await using second = await new Server(etcd.endpoint, "one", { epoch: "2" })
      .enters("10.0.0.7:7400");
    await idle.gives("10.0.0.7:7400");
    // The old lease ends before that of another server that was granted one of the same length later.
    await using witness = await new Server(etcd.endpoint, "witness", { lifeMs: 1_000 })
      .enters("10.0.0.8:7400");
    await idle.gives("10.0.0.7:7400", "10.0.0.8:7400");
    await witness.source[Symbol.asyncDispose]();
    await idle.gives("10.0.0.7:7400");
    assertEquals(second.source.status.registered, true);
  },
);

testUnless(noEtcd, "two living servers with one name: the first says so in its log", async () => {
  await using etcd = await TestEtcd.start();
  await using first = await new Server(etcd.endpoint, "one", { epoch: "1" }).enters(
    "10.0.0.1:7400",
  );
  await using _second = await new Server(etcd.endpoint, "one", { epoch: "2" })
    .enters("10.0.0.2:7400");
  await first.until(
    "it says so",
    () => first.log.told.some((line) => line.includes("under the name of this one")),
  );
});

Deno.test("a source ends while there is no etcd, and while one keeps it waiting", async () => {
  const silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await using one = new Server(`127.0.0.1:${silent.addr.port}`, "one");
  one.source.enter({ address: "10.0.0.1:7400" });
  using _conn = await silent.accept();
  await one.source[Symbol.asyncDispose]();
  silent.close();
  await using two = new Server(`127.0.0.1:${silent.addr.port}`, "two");
  await two.until("it has tried", () => two.source.status.error !== null);
  await two.source.leave();
});

Deno.test("what answers and is no etcd is trouble like any other", async () => {
  const answers = ["", "<html>", "[]", "{}", `{"error":"no","code":16}`, `{"kvs":[{"key":"%"}]}`];
  let turn = 0;
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response(answers[turn++ % answers.length], { status: turn % 2 === 0 ? 404 : 200 }),
  );
  await using one = new Server(`127.0.0.1:${server.addr.port}`, "one");
  one.source.enter({ address: "10.0.0.1:7400" });
  await one.until("it has tried often", () => turn > 8);
  assert(one.source.status.error !== null);
  assertEquals(one.source.status.state, "asking");
  assertEquals(one.addresses, []);
});
