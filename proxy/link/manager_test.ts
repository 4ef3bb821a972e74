import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { MeshError } from "../../errors.ts";
import { FrameKind } from "../../wire/frame.ts";
import { encodeOffer, GoodbyeReason, parseOffer } from "../../wire/link_messages.ts";
import { newEpoch } from "../../wire/server_info.ts";
import { RawPeer, sendBody, TestServer } from "../../tests/support/link_peers.ts";
import { MemoryLog } from "../../tests/support/memory_log.ts";
import { LinkManager } from "./manager.ts";

Deno.test("a server without any connection opens and closes its link port and leaves nothing behind", async () => {
  await using server = new TestServer("alone", {});
  assert(server.port > 0);
  assertEquals(server.manager.links(), []);
});

Deno.test("two servers of which one dials get one link that both use", async () => {
  await using a = new TestServer("a", { info: { roles: ["web"] } });
  await using b = new TestServer("b", { connect: [a.address] });
  const [ab, ba] = await Promise.all([a.linked("b"), b.linked("a")]);
  assertEquals([ab.dialled, ba.dialled, ba.peer.roles], [false, true, ["web"]]);
  sendBody(ab, Uint8Array.of(1, 2, 3));
  sendBody(ba, Uint8Array.of(4));
  await a.changes.until("the frame from b", () => a.bodies.length === 1);
  await b.changes.until("the frame from a", () => b.bodies.length === 1);
  assertEquals([a.bodies, b.bodies], [[Uint8Array.of(4)], [Uint8Array.of(1, 2, 3)]]);
  await b.changes.until("a heartbeat's answer", () => ba.rttMs !== undefined);
  await b.changes.until("it rests", () => b.manager.addresses()[0]!.state === "connected");
  assertEquals(b.manager.addresses(), [{
    address: a.address,
    state: "connected",
    peer: "a",
    error: undefined,
    failures: 0,
  }]);
});

Deno.test("two servers that dial each other keep exactly one link, the same on both sides", async () => {
  for (let round = 0; round < 15; round++) {
    await using a = new TestServer("a", {});
    await using b = new TestServer("b", {});
    a.manager.setConnect([b.address]);
    b.manager.setConnect([a.address]);
    const [ab, ba] = await Promise.all([a.linked("b"), b.linked("a")]);
    assertEquals(ab.dialled, !ba.dialled);
    sendBody(ab, Uint8Array.of(round));
    sendBody(ba, Uint8Array.of(round));
    await a.changes.until("the frame from b", () => a.bodies.length === 1);
    await b.changes.until("the frame from a", () => b.bodies.length === 1);
    const quiet = (server: TestServer) => server.manager.addresses()[0]?.state === "connected";
    await a.changes.until("a's dialler rests", () => quiet(a));
    await b.changes.until("b's dialler rests", () => quiet(b));
    assertEquals([a.ups, b.ups], [[ab], [ba]], "no second link came up");
    assertEquals([a.downs, b.downs], [[], []], "no link was given up for another one");
  }
});

Deno.test("five servers that all dial all five addresses end with one link per pair, and keep it", async () => {
  const servers = ["e", "c", "a", "d", "b"].map((name) => new TestServer(name, {}));
  try {
    const addresses = servers.map((server) => server.address);
    for (const server of servers) server.manager.setConnect(addresses);
    for (const server of servers) {
      await server.changes.until(
        `${server.info.name} rests`,
        () =>
          server.peers.length === 4 &&
          server.manager.addresses().every(({ address, state }) =>
            state === (address === server.address ? "stopped" : "connected")
          ),
      );
    }
    for (const server of servers) {
      const others = servers.map(({ info }) => info.name).filter((name) =>
        name !== server.info.name
      );
      assertEquals([server.peers, server.ups.length, server.downs.length], [others.sort(), 4, 0]);
    }
    const dialled = servers.flatMap(({ ups }) => ups).filter((link) => link.dialled);
    assertEquals(dialled.length, 10, "each link has one side that dialled");
  } finally {
    await Promise.all(servers.map((server) => server.manager.close()));
  }
});

Deno.test("when the claims of both dials cross, the connection of the smaller name wins", async () => {
  // The raw peer has the larger name and holds back its answer, so that the server's claim is open.
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  try {
    await using m = new TestServer("m", { connect: [`127.0.0.1:${listener.addr.port}`] });
    for (const [name, wins] of [["z", "m"], ["c", "c"]] as const) {
      const epoch = newEpoch();
      using dialled = new RawPeer(await listener.accept());
      assert(await dialled.receive() !== undefined, "its HELLO");
      await dialled.hello({ name, epoch });
      assert(await dialled.receive() !== undefined, "its WELCOME: the claim is open");
      using dialling = await RawPeer.dial(m.port);
      await dialling.join({ name, epoch });
      if (wins === "m") {
        assertEquals((await dialling.goodbye())?.reason, GoodbyeReason.DUPLICATE);
        await dialled.send(FrameKind.WELCOME, encodeOffer({ services: [], draining: false }));
        assertEquals((await m.linked(name)).dialled, true);
      } else {
        assertEquals((await m.linked(name)).dialled, false);
        await dialled.send(FrameKind.WELCOME, encodeOffer({ services: [], draining: false }));
        assertEquals((await dialled.goodbye())?.reason, GoodbyeReason.DUPLICATE);
      }
    }
  } finally {
    listener.close();
  }
});

Deno.test("a server that is started again is linked again, whoever dials, with its new services", async () => {
  await using a = new TestServer("a", {});
  const epochs = new Set<string>();
  let port = 0;
  for (let run = 0; run < 3; run++) {
    await using b = new TestServer("b", {
      connect: run === 1 ? [] : [a.address],
      listen: { hostname: "127.0.0.1", port },
      info: { services: [{ name: `run-${run}`, handlers: [] }] },
    });
    port = b.port;
    a.manager.setConnect(run === 0 ? [] : [b.address]);
    const [link] = await Promise.all([a.linked("b"), b.linked("a")]);
    epochs.add(link.peer.epoch);
    assertEquals(link.peer.services[0]?.name, `run-${run}`);
    await b.manager.close();
    await a.changes.until("the link ends", () => a.downs.length === run + 1);
    assert(a.downs[run]!.error.message.includes("server b stops"), a.downs[run]!.error.message);
    assertEquals(a.peers, []);
  }
  assertEquals(epochs.size, 3);
});

Deno.test("a dialler keeps trying until somebody listens, and says meanwhile why it cannot", async () => {
  const probe = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = probe.addr;
  probe.close();
  await using a = new TestServer("a", { connect: [`127.0.0.1:${port}`] });
  await a.changes.until("three failures", () => a.manager.addresses()[0]!.failures >= 3);
  const status = a.manager.addresses()[0]!;
  assert(status.error?.includes("refused"), status.error);
  assertEquals(
    a.log.lines.filter((line) => line.level === "warn").length,
    1,
    "not a line each time",
  );
  await using b = new TestServer("b", { listen: { hostname: "127.0.0.1", port } });
  await Promise.all([a.linked("b"), b.linked("a")]);
  await a.changes.until("it rests", () => a.manager.addresses()[0]!.state === "connected");
  assertEquals(a.manager.addresses()[0]!.error, undefined);
});

Deno.test("an address whose link has ended waits before it is dialled again, and is not complete meanwhile", async () => {
  const b = new TestServer("b", {});
  await using a = new TestServer("a", { connect: [b.address] });
  await a.changes.until("it rests", () => a.manager.complete);
  const states: [string, boolean][] = [];
  a.onAddresses = () => states.push([a.manager.addresses()[0]!.state, a.manager.complete]);
  await b[Symbol.asyncDispose]();
  await a.changes.until("it is dialled again", () => states.length > 1);
  assertEquals(states.slice(0, 2), [["waiting", false], ["connecting", false]]);
});

Deno.test("addresses can be added and left out at run time; links that are up stay", async () => {
  await using a = new TestServer("a", {});
  await using b = new TestServer("b", {});
  await using c = new TestServer("c", {});
  a.manager.setConnect([b.address]);
  await a.linked("b");
  a.manager.setConnect([c.address]);
  await a.linked("c");
  assertEquals(a.peers, ["b", "c"]);
  assertEquals(a.manager.addresses().map((status) => status.address), [c.address]);
  assertThrows(() => a.manager.setConnect(["nonsense"]), MeshError, '"nonsense" is no address');
  assertEquals(a.manager.addresses().length, 1, "nothing changed");
});

Deno.test("two addresses of the same server give one link, and both count as connected", async () => {
  await using b = new TestServer("b", {});
  await using a = new TestServer("a", { connect: [b.address, `localhost:${b.port}`] });
  await a.linked("b");
  await a.changes.until(
    "both diallers rest",
    () => a.manager.addresses().every((status) => status.state === "connected"),
  );
  assertEquals([a.ups.length, b.ups.length, a.downs.length, b.downs.length], [1, 1, 0, 0]);
});

Deno.test("a server that dials itself stops dialling this address, with a warning", async () => {
  await using a = new TestServer("a", {});
  a.manager.setConnect([a.address]);
  await a.changes.until("it notices", () => a.manager.addresses()[0]!.state === "stopped");
  assert(a.log.lines.some((line) => line.level === "warn" && line.message.includes("itself")));
  assertEquals(a.ups, []);
});

Deno.test("two servers with the same name refuse each other and say why", async () => {
  await using a = new TestServer("twin", {});
  await using b = new TestServer("twin", { connect: [a.address] });
  await b.changes.until("it is refused", () => b.manager.addresses()[0]!.failures > 0);
  const { error } = b.manager.addresses()[0]!;
  assert(error?.includes('both servers have the name "twin"'), error);
  assertEquals([a.ups, b.ups], [[], []]);
});

Deno.test("while a server answers, another one with its name and another epoch is refused by its peers", async () => {
  await using hub = new TestServer("hub", {});
  await using first = new TestServer("twin", { connect: [hub.address] });
  const link = await hub.linked("twin");
  await first.linked("hub");
  using second = await RawPeer.dial(hub.port);
  await second.join({ name: "twin" });
  const goodbye = await second.goodbye();
  assertEquals(goodbye?.reason, GoodbyeReason.NAME_IN_USE);
  assert(goodbye?.text.includes('"twin"'), goodbye?.text);
  assertEquals(hub.manager.link("twin"), link);
  assertEquals(first.downs, []);
});

Deno.test("a server started again replaces its old link when that no longer answers", async () => {
  await using hub = new TestServer("hub", { timings: { probeMs: 20 } });
  using old = await RawPeer.dial(hub.port); // stays silent from now on, as after a power failure
  await old.join({ name: "phoenix" });
  const oldLink = await hub.linked("phoenix");
  await using phoenix = new TestServer("phoenix", { connect: [hub.address] });
  await phoenix.linked("hub");
  await hub.changes.until("two links came up", () => hub.ups.length === 2);
  assertEquals(hub.downs.map((down) => down.link), [oldLink], "the old one went first");
  assertEquals(hub.manager.link("phoenix")?.peer.epoch, phoenix.info.epoch);
});

Deno.test("a server that lost its link and dials anew replaces the old one at once", async () => {
  await using hub = new TestServer("hub", {});
  const epoch = newEpoch();
  using old = await RawPeer.dial(hub.port);
  await old.join({ name: "p", epoch });
  await hub.linked("p");
  using anew = await RawPeer.dial(hub.port);
  await anew.join({ name: "p", epoch });
  assertEquals((await old.goodbye())?.reason, GoodbyeReason.REPLACED);
  await hub.changes.until("the new link", () => hub.ups.length === 2);
  assertEquals(hub.peers, ["p"]);
});

Deno.test("announce() reaches every peer, whatever its size", async () => {
  await using a = new TestServer("a", {});
  await using b = new TestServer("b", { connect: [a.address] });
  await using c = new TestServer("c", { connect: [a.address] });
  await Promise.all([a.linked("b"), a.linked("c"), b.linked("a"), c.linked("a")]);
  const handlers = Array.from({ length: 3_000 }, (_, i) => ({ name: `h${i}`, idempotent: true }));
  a.info = { ...a.info, services: [{ name: "big", handlers }], draining: true };
  a.manager.announce();
  for (const server of [b, c]) {
    await server.changes.until("the update", () => server.updates.length === 1);
    const { peer } = server.manager.link("a")!;
    assertEquals([peer.services, peer.draining], [a.info.services, true]);
  }
});

Deno.test("what changes between a dialler's WELCOME and the acceptor's reaches the acceptor as well", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  try {
    await using a = new TestServer("a", { connect: [`127.0.0.1:${listener.addr.port}`] });
    using raw = new RawPeer(await listener.accept());
    assertEquals((await raw.receive())?.kind, FrameKind.HELLO);
    await raw.hello({ name: "raw" });
    const welcome = await raw.receive();
    assertEquals(parseOffer(welcome!.body)?.services, []);
    a.info = { ...a.info, services: [{ name: "late", handlers: [] }] };
    a.manager.announce();
    await raw.send(FrameKind.WELCOME, encodeOffer({ services: [], draining: false }));
    let frame = await raw.receive();
    while (frame !== undefined && frame.kind !== FrameKind.UPDATE) frame = await raw.receive();
    assertEquals(parseOffer(frame!.body)?.services, a.info.services);
  } finally {
    listener.close();
  }
});

Deno.test("with the same secret servers link; with different ones they refuse, and say so", async () => {
  await using hub = new TestServer("hub", { secret: "correct horse" });
  await using good = new TestServer("good", { connect: [hub.address], secret: "correct horse" });
  await Promise.all([hub.linked("good"), good.linked("hub")]);
  await using bad = new TestServer("bad", { connect: [hub.address], secret: "battery staple" });
  await bad.changes.until("it is refused", () => bad.manager.addresses()[0]!.failures > 0);
  const { error } = bad.manager.addresses()[0]!;
  assert(error?.includes("different shared secrets"), error);
  assert(hub.manager.counters.unauthenticated > 0);
  assertEquals(hub.peers, ["good"]);
});

Deno.test("a secret on one side only is refused with a reason that names both servers", async () => {
  await using open = new TestServer("open", {});
  await using closed = new TestServer("closed", { secret: "s" });
  open.manager.setConnect([closed.address]);
  closed.manager.setConnect([open.address]);
  for (const server of [open, closed]) {
    await server.changes.until("refused", () => server.manager.addresses()[0]!.failures > 0);
    const { error } = server.manager.addresses()[0]!;
    assert(error?.startsWith("closed has a shared secret and open has none"), error);
  }
  assertEquals([open.ups, closed.ups], [[], []]);
});

Deno.test("a server learns nothing of what another one offers before it has proved the secret", async () => {
  const services = [{ name: "top-secret-service", handlers: [] }];
  await using hub = new TestServer("hub", { secret: "s", info: { services } });
  using stranger = await RawPeer.dial(hub.port);
  await stranger.hello({ name: "stranger", auth: "hmac-sha256" });
  const hello = await stranger.receive();
  assert(!new TextDecoder().decode(hello?.body).includes("top-secret"));
  await stranger.send(FrameKind.AUTH, new Uint8Array(32));
  assertEquals((await stranger.goodbye())?.code, "UNAUTHENTICATED");
});

Deno.test("a link port in use is a MeshError with the address", async () => {
  await using a = new TestServer("a", {});
  const error = assertThrows(
    () => new TestServer("b", { listen: { hostname: "127.0.0.1", port: a.port } }),
    MeshError,
  );
  assert(error.message.includes(`${a.address}: the address is in use`), error.message);
});

/** Options of a server that nobody looks at. */
const quiet = () => ({
  self: () => ({
    name: "a",
    epoch: newEpoch(),
    roles: [],
    features: [],
    services: [],
    draining: false,
  }),
  connect: [],
  log: new MemoryLog(),
  events: { up() {}, down() {}, update() {}, frames() {} },
});

Deno.test("nobody is dialled before it is time, whatever addresses there are", async () => {
  const manager = new LinkManager(quiet());
  manager.setConnect(["127.0.0.1:9"]);
  assertEquals(manager.addresses(), []);
  manager.dial();
  assertEquals(manager.addresses().map(({ address }) => address), ["127.0.0.1:9"]);
  await manager.close();
});

Deno.test("an empty secret and an address that is none are refused before anything starts", () => {
  const options = quiet();
  assertThrows(
    () => new LinkManager({ ...options, secret: "" }),
    MeshError,
    "link.secret is empty",
  );
  for (const address of ["", "host", "host:0", "host:70000", "::1:70", "a b:1"]) {
    assertThrows(
      () => new LinkManager({ ...options, connect: [address] }),
      MeshError,
      "no address",
    );
  }
});

Deno.test("close() sends what waits, says goodbye, and leaves nothing open, also in mid-handshake", async () => {
  const a = new TestServer("a", {});
  await using b = new TestServer("b", { connect: [a.address] });
  const link = await a.linked("b");
  await b.linked("a");
  using half = await RawPeer.dial(a.port);
  await half.hello({ name: "half" });
  for (let i = 0; i < 500; i++) sendBody(link, new Uint8Array(1_000).fill(i));
  await a.manager.close();
  await b.changes.until("the link ends", () => b.downs.length === 1);
  assertEquals(b.bodies.length, 500);
  assert(b.downs[0]!.error.message.includes("server a stops"));
  assert(await half.ended());
  await assertRejects(() => RawPeer.dial(a.port));
});
