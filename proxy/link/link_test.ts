import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { HEARTBEAT_TIMEOUT_MS, LINK_QUEUE_MAX_BYTES } from "../../limits.ts";
import { FrameFlag, FrameKind } from "../../wire/frame.ts";
import { FrameQueue } from "../../wire/frame_queue.ts";
import { GoodbyeReason, PROTOCOL_MINOR } from "../../wire/link_messages.ts";
import { newNonce } from "../../wire/proof.ts";
import { newEpoch } from "../../wire/server_info.ts";
import { callBodies, RawPeer, sendBody, TestServer } from "../../tests/support/link_peers.ts";
import { LINK_TIMINGS } from "./timings.ts";

function body(i: number, bytes: number): Uint8Array {
  const made = new Uint8Array(bytes);
  for (let b = 0; b < bytes; b++) made[b] = (i * 131 + b * 7) & 255;
  return made;
}

Deno.test("thousands of frames of all sizes cross a link both ways at once, whole and in order", async () => {
  await using a = new TestServer("a", {});
  await using b = new TestServer("b", { connect: [a.address] });
  const links = await Promise.all([a.linked("b"), b.linked("a")]);
  const sizes = Array.from(
    { length: 4_000 },
    (_, i) => (i * i * 31) % (i % 50 === 0 ? 65_000 : 900),
  );
  let sent = 0;
  while (sent < sizes.length) {
    const burst = Math.min(1 + (sent % 97), sizes.length - sent);
    for (let i = 0; i < burst; i++, sent++) {
      for (const link of links) sendBody(link, body(sent, sizes[sent]!), sent);
    }
    await Promise.resolve(); // the next burst meets a write in flight
  }
  for (const server of [a, b]) {
    await server.changes.until("all frames", () => server.bodies.length === sizes.length);
    server.bodies.forEach((seen, i) => assertEquals(seen, body(i, sizes[i]!)));
  }
  for (const link of links) {
    assertEquals(link.queue.appendedBytes, link.bytesHandedOver);
    assert(link.framesOut >= sizes.length && link.framesIn >= sizes.length);
    assert(link.bytesOut >= link.queue.appendedBytes && link.bytesIn >= link.queue.appendedBytes);
  }
});

Deno.test("frames written a few bytes at a time arrive whole, and control frames between them are not delivered", async () => {
  await using a = new TestServer("a", {});
  using raw = await RawPeer.dial(a.port);
  await raw.join({ name: "raw" });
  const queue = new FrameQueue(1 << 22);
  const sent = Array.from({ length: 120 }, (_, i) => body(i, (i * 13) % 300));
  sent.forEach((one, i) => {
    queue.append(FrameKind.REPLY, FrameFlag.FIRST | FrameFlag.LAST, i, one);
    if (i % 7 === 0) queue.append(FrameKind.PING, 0, 0, new Uint8Array(8));
  });
  const stream = queue.take();
  for (let at = 0, size = 1; at < stream.length; at += size, size = 1 + (at * 7) % 61) {
    await raw.write(stream.subarray(at, at + size));
  }
  await a.changes.until("all frames", () => a.bodies.length === sent.length);
  assertEquals(a.bodies, sent);
});

Deno.test("everything appended in one turn leaves as one run that the other side gets together", async () => {
  await using a = new TestServer("a", {});
  await using b = new TestServer("b", { connect: [a.address] });
  const [link] = await Promise.all([a.linked("b"), b.linked("a")]);
  const runs: number[] = [];
  b.onFrames = (_, run, start, end) => runs.push(callBodies(run, start, end).length);
  for (let i = 0; i < 40; i++) sendBody(link, body(i, 100));
  const frames = () => runs.reduce((sum, run) => sum + run, 0);
  await b.changes.until("all frames", () => frames() === 40);
  assert(runs.length < 40, `as many reads as frames: ${runs}`);
});

Deno.test("a heartbeat overtakes megabytes of call frames that wait", async () => {
  await using a = new TestServer("a", {});
  using raw = await RawPeer.dial(a.port);
  await raw.join({ name: "raw" });
  const link = await a.linked("raw");
  // More than the sockets between the two hold: the writer is stuck, the raw peer has not read yet.
  for (let i = 0; i < 450; i++) sendBody(link, new Uint8Array(65_000), i);
  await a.changes.until("the write is stuck", () => {
    const stuckAt = link.bytesHandedOver;
    return stuckAt > 0 && stuckAt < link.queue.appendedBytes;
  });
  await raw.send(FrameKind.PING, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
  await a.changes.until("the PING was read", () => link.framesIn >= 1 && link.bytesIn >= 32);
  let calls = 0;
  for (;;) {
    const frame = await raw.receive();
    assert(frame !== undefined);
    if (frame.kind === FrameKind.REQUEST) calls++;
    if (frame.kind === FrameKind.PONG) {
      assertEquals([...frame.body], [1, 2, 3, 4, 5, 6, 7, 8]);
      break;
    }
  }
  assert(calls < 450, "the answer came last");
  while (calls < 450) if ((await raw.receive())?.kind === FrameKind.REQUEST) calls++;
});

Deno.test("at a link's death bytesHandedOver tells the frames that provably never left", async () => {
  await using a = new TestServer("a", {});
  const raw = await RawPeer.dial(a.port);
  await raw.join({ name: "raw" });
  const link = await a.linked("raw");
  const starts: number[] = [];
  for (let i = 0; i < 480; i++) {
    starts.push(link.queue.appendedBytes);
    sendBody(link, new Uint8Array(65_000), i);
  }
  await a.changes.until("a part left", () => link.bytesHandedOver > 0);
  let seen = 0;
  while (seen < 3) if ((await raw.receive())?.kind === FrameKind.REQUEST) seen++;
  raw[Symbol.dispose]();
  await a.changes.until("the link ends", () => a.downs.length === 1);
  const kept = starts.filter((start) => start >= link.bytesHandedOver).length;
  assert(kept > 0, "the sockets cannot have taken 30 MB");
  assert(kept <= 480 - seen, "what the peer has read had left");
});

Deno.test("the queue of a link refuses what exceeds its bound, and the link lives on", async () => {
  await using a = new TestServer("a", {});
  using raw = await RawPeer.dial(a.port);
  await raw.join({ name: "raw" });
  const link = await a.linked("raw");
  const big = new Uint8Array(65_000);
  let accepted = 0;
  while (link.queue.append(FrameKind.REPLY, 0, 1, big)) accepted++;
  const bound = LINK_QUEUE_MAX_BYTES / 2;
  const bytes = accepted * 65_024; // with header and padding
  assert(bytes <= bound && bytes > bound - 65_536, `${accepted} frames`);
  link.schedule();
  let read = 0;
  while (read < accepted) if ((await raw.receive())?.kind === FrameKind.REPLY) read++;
  assert(link.up && link.queue.append(FrameKind.REPLY, 0, 1, big));
});

Deno.test("a peer that stays silent is dead after the heartbeat time-out, and is told so", async () => {
  await using a = new TestServer("a", { timings: { heartbeatMs: 10, heartbeatTimeoutMs: 60 } });
  using raw = await RawPeer.dial(a.port);
  await raw.join({ name: "mute" });
  const goodbye = await raw.goodbye(); // meanwhile it answers no PING
  assertEquals(goodbye?.reason, GoodbyeReason.TIMEOUT);
  await a.changes.until("the link ends", () => a.downs.length === 1);
  assertEquals(a.downs[0]!.error.code, "UNAVAILABLE");
  assert(a.downs[0]!.error.message.includes("nothing was heard"), a.downs[0]!.error.message);
  assertEquals(a.peers, []);
});

Deno.test("a link without calls outlives many heartbeat time-outs as long as both sides answer", async () => {
  const timings = { heartbeatMs: 40, heartbeatTimeoutMs: 2_000 };
  await using a = new TestServer("a", { timings });
  await using b = new TestServer("b", { connect: [a.address], timings });
  const [link] = await Promise.all([a.linked("b"), b.linked("a")]);
  await a.changes.until("twenty heartbeats", () => link.framesIn >= 40);
  assertEquals([a.downs, b.downs], [[], []]);
  assert(link.rttMs !== undefined && link.rttMs >= 0);
});

Deno.test("a slow handshake is ended when its time is over", async () => {
  await using a = new TestServer("a", { timings: { handshakeMs: 30, closeMs: 30 } });
  using silent = await RawPeer.dial(a.port);
  using half = await RawPeer.dial(a.port);
  await half.write(Uint8Array.of(40, 0, 0)); // less than a header, then nothing
  for (const raw of [silent, half]) {
    assertEquals((await raw.goodbye())?.reason, GoodbyeReason.TIMEOUT);
    assert(await raw.ended());
  }
  await a.changes.until("both are counted", () => a.manager.counters.timedOut === 2);
});

Deno.test("no more than the allowed connections are in their handshake at once; others link afterwards", async () => {
  await using a = new TestServer("a", { timings: { handshakesMax: 3 } });
  const slow = await Promise.all([1, 2, 3].map(() => RawPeer.dial(a.port)));
  using more = await RawPeer.dial(a.port);
  assertEquals((await more.goodbye())?.reason, GoodbyeReason.BUSY);
  assertEquals(a.manager.counters.busy, 1);
  await using b = new TestServer("b", { connect: [a.address] });
  for (const raw of slow) raw[Symbol.dispose]();
  await Promise.all([a.linked("b"), b.linked("a")]);
});

Deno.test("a length of 4 GiB ends the connection, in a handshake and on a link", async () => {
  await using a = new TestServer("a", {});
  const huge = new Uint8Array(16).fill(255);
  using stranger = await RawPeer.dial(a.port);
  await stranger.write(huge);
  assertEquals((await stranger.goodbye())?.reason, GoodbyeReason.PROTOCOL);
  using peer = await RawPeer.dial(a.port);
  await peer.join({ name: "raw" });
  await a.linked("raw");
  await peer.write(huge);
  assertEquals((await peer.goodbye())?.reason, GoodbyeReason.PROTOCOL);
  await a.changes.until("the link ends", () => a.downs.length === 1);
  assert(a.downs[0]!.error.message.includes("length 4294967295"), a.downs[0]!.error.message);
});

Deno.test("frames before the one that breaks the protocol are still delivered", async () => {
  await using a = new TestServer("a", {});
  using raw = await RawPeer.dial(a.port);
  await raw.join({ name: "raw" });
  const queue = new FrameQueue(1 << 16);
  queue.append(FrameKind.REPLY, 0, 1, body(1, 20));
  queue.append(FrameKind.READY, 0, 1, body(2, 20)); // a slot's frame, not a link's
  await raw.write(queue.take());
  assertEquals((await raw.goodbye())?.reason, GoodbyeReason.PROTOCOL);
  assertEquals(a.bodies, [body(1, 20)]);
});

Deno.test("control frames out of place or malformed end the link, and the next one comes up", async () => {
  await using a = new TestServer("a", {});
  const text = (json: string) => new TextEncoder().encode(json);
  const wrong: [number, Uint8Array][] = [
    [FrameKind.PING, new Uint8Array(7)],
    [FrameKind.PONG, new Uint8Array(9)],
    [FrameKind.UPDATE, text("{}")],
    [FrameKind.UPDATE, text('{"services":[')],
    [FrameKind.GOODBYE, new Uint8Array(0)],
    [FrameKind.HELLO, text("")],
    [FrameKind.AUTH, new Uint8Array(32)],
    [FrameKind.WELCOME, text('{"services":[],"draining":false}')],
  ];
  for (const [i, [kind, bytes]] of wrong.entries()) {
    using raw = await RawPeer.dial(a.port);
    await raw.join({ name: "raw" });
    await a.linked("raw");
    await raw.send(kind, bytes);
    assertEquals((await raw.goodbye())?.reason, GoodbyeReason.PROTOCOL, `kind ${kind}`);
    await a.changes.until("the link ends", () => a.downs.length === i + 1);
  }
});

Deno.test("another major version, a frame too early and a malformed HELLO are refused with their reason", async () => {
  await using a = new TestServer("a", {});
  const cases: [number, (raw: RawPeer) => Promise<void>][] = [
    [GoodbyeReason.VERSION, (raw) => raw.hello({ major: 2 })],
    [GoodbyeReason.PROTOCOL, (raw) => raw.send(FrameKind.WELCOME, new Uint8Array(0))],
    [GoodbyeReason.PROTOCOL, (raw) => raw.send(FrameKind.REQUEST, new Uint8Array(40))],
    [GoodbyeReason.PROTOCOL, (raw) => raw.send(FrameKind.HELLO, new Uint8Array(40))],
  ];
  for (const [reason, act] of cases) {
    using raw = await RawPeer.dial(a.port);
    await act(raw);
    assertEquals((await raw.goodbye())?.reason, reason);
  }
  assertEquals([a.ups.length, a.manager.counters.refused], [0, 4]);
});

Deno.test("a server of the minor version before links, and what it still says of its services is left out", async () => {
  await using a = new TestServer("a", {});
  using raw = await RawPeer.dial(a.port);
  const service = { name: "quotes", handlers: [{ name: "price", idempotent: true }] };
  await raw.join({ name: "old", minor: PROTOCOL_MINOR - 1, features: ["clock"] }, {
    services: [{ ...service, group: "photos" }],
    draining: false,
  });
  const { peer, up } = await a.linked("old");
  assertEquals([up, peer.services, peer.features], [true, [service], ["clock"]]);
  assertEquals((await raw.receive())?.kind, FrameKind.WELCOME);
});

Deno.test("random bytes on the link port and on a link end that connection and touch nobody else", async () => {
  await using a = new TestServer("a", {});
  await using b = new TestServer("b", { connect: [a.address] });
  const [link, back] = await Promise.all([a.linked("b"), b.linked("a")]);
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ minLength: 16, maxLength: 300 }),
      fc.boolean(),
      fc.boolean(),
      async (noise, joins, cut) => {
        using raw = await RawPeer.dial(a.port);
        if (joins) await raw.join({ name: "noise", epoch: newEpoch(), nonce: newNonce() });
        noise[3] = 1; // a length beyond what is allowed: it cannot be a frame by chance
        await raw.write(noise.subarray(0, cut ? 15 : undefined)).catch(() => {});
        if (!cut) assert(await raw.ended());
      },
    ),
    { numRuns: 40 },
  );
  sendBody(back, body(9, 500));
  await a.changes.until(
    "the frame of the good peer",
    () => a.bodies.some((one) => one.length === 500),
  );
  assert(link.up && back.up);
  assertEquals(a.manager.link("b"), link);
});

Deno.test("an exception of the proxy ends the link it came from, not the process", async () => {
  await using a = new TestServer("a", {});
  await using b = new TestServer("b", { connect: [a.address] });
  const [, back] = await Promise.all([a.linked("b"), b.linked("a")]);
  a.onFrames = () => {
    throw new Error("a mistake");
  };
  sendBody(back, body(1, 10));
  await b.changes.until("the link ends", () => b.downs.length === 1);
  assert(b.downs[0]!.error.message.includes("the proxy failed"), b.downs[0]!.error.message);
  a.onFrames = undefined;
  await b.changes.until("it is linked again", () => b.ups.length === 2);
});

Deno.test("the times of links are those of limits.ts", () => {
  assertEquals(LINK_TIMINGS.heartbeatTimeoutMs, HEARTBEAT_TIMEOUT_MS);
});
