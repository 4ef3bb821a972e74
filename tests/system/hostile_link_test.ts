/** What comes in at the link port from programs that are no mesh servers, or are broken ones. */
import { delay } from "@std/async/delay";
import { assert, assertEquals } from "@std/assert";
import { attach } from "../../client/attach.ts";
import { project } from "../support/spawned_mesh.ts";
import { HANDSHAKE_MS } from "../../limits.ts";
import { native } from "../../native/ffi.ts";
import { FrameFlag, FrameKind } from "../../wire/frame.ts";
import { encodeHello } from "../../wire/link_messages.ts";
import { frame, requestBody, u32 } from "../chaos/support/frames.ts";
import { Random } from "../chaos/support/random.ts";
import { isAlive, serve, type Serving, until } from "../chaos/support/servers.ts";
import { dialTcp } from "../support/dial_tcp.ts";
import { Stranger, untilClosed, writeAll } from "../chaos/support/stranger.ts";
import { endings, Load } from "../support/load.ts";

// Now, and not in the first test that attaches: its leak sanitizer would report an open library.
native();

const FILES = {
  "work.js": `export const echo = (input) => input;
export const hold = (_, { signal }) =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));`,
  "site.js": `export default { fetch: () => new Response("") };`,
};
const WHOLE = FrameFlag.FIRST | FrameFlag.LAST;

/** Attacks an exec server while a web server's calls go to it over their link: not one of them may notice. */
async function attacked(attack: (exec: Serving) => Promise<void>): Promise<void> {
  await using p = await project(FILES);
  const words = ["--processes", "1", "--link", "127.0.0.1:0"];
  await using exec = await serve(p, "exec", "--role", "exec", "--services", "work.js", ...words);
  await using web = await serve(
    p,
    "web",
    ...["--role", "web", "--site", "site.js", "--listen", "127.0.0.1:0", ...words],
    ...["--connect", exec.address("link")],
  );
  using mesh = await attach(web);
  const load = new Load(100, 5_000, (i) => mesh.call("work.echo", i));
  let samples;
  try {
    await load.more(10);
    await attack(exec);
    await load.more(10);
  } finally {
    samples = await load.stop();
  }
  assertEquals(endings(samples), { ok: samples.length });
  for (const { number, value } of samples) assertEquals(value, number);
  assert(isAlive(exec.pid));
  await until("no call is left", async () => (await exec.status()).counters.openCalls === 0);
  for (const server of [exec, web]) {
    server.kill("SIGTERM");
    const { code, stderr } = await server.ended;
    assertEquals(code, 0, stderr);
  }
}

const HELLO = frame(
  FrameKind.HELLO,
  encodeHello({
    name: "slow",
    epoch: "0123456789abcdef",
    roles: ["web"],
    features: [],
    auth: "none",
    nonce: "0".repeat(32),
    major: 1,
    minor: 0,
  }),
);

Deno.test("Random bytes, cut frames and absurd lengths on the link port end only their own connection", async () => {
  const random = Random.printed("hostile link");
  await attacked(async (exec) => {
    const openings = [
      ...Array.from({ length: 30 }, () => random.bytes(1 + random.below(4_000))),
      frame(FrameKind.HELLO, random.bytes(64), { length: 0xffff_ffff }),
      frame(FrameKind.HELLO, random.bytes(64), { length: 15 }),
      frame(FrameKind.HELLO, random.bytes(64), { length: 65_537 }),
      frame(FrameKind.HELLO, random.bytes(64)),
      frame(FrameKind.REQUEST, requestBody("work.echo"), { flags: WHOLE, stream: 1 }),
      new TextEncoder().encode("GET / HTTP/1.1\r\nHost: mesh\r\n\r\n"),
    ];
    await Promise.all(openings.map(async (bytes) => {
      using conn = await dialTcp(exec.address("link"));
      await writeAll(conn, bytes);
      // Bytes that could still become a HELLO are waited for.
      await conn.closeWrite().catch(() => {});
      await untilClosed(conn);
    }));
    for (let cut = 1; cut < HELLO.length; cut += 7) {
      using conn = await dialTcp(exec.address("link"));
      await writeAll(conn, HELLO.subarray(0, cut));
    }
  });
});

Deno.test("A handshake byte by byte and 200 silent connections are ended after their time, and servers get in again", async () => {
  await attacked(async (exec) => {
    const began = performance.now();
    const silent: Deno.TcpConn[] = [];
    for (let i = 0; i < 200; i++) silent.push(await dialTcp(exec.address("link")));
    using slow = await dialTcp(exec.address("link"));
    let open = true;
    const ended = untilClosed(slow).then(() => open = false);
    const dripping = (async () => {
      for (const byte of HELLO) {
        if (!open) return;
        await writeAll(slow, Uint8Array.of(byte));
        await delay(HANDSHAKE_MS / 50);
      }
    })();
    await Promise.all(silent.map(async (conn) => {
      await untilClosed(conn);
      conn.close();
    }));
    await Promise.all([ended, dripping]);
    assert(performance.now() - began < 3 * HANDSHAKE_MS, "connections are held for longer");
    using peer = await Stranger.dial(exec.address("link"), "late");
    assert(await peer.isAnswered());
  });
});

Deno.test("A peer that breaks the protocol after its handshake loses its link, and may come again", async () => {
  const random = Random.printed("hostile peer");
  const request = requestBody("work.hold");
  const oddities: [string, Uint8Array[]][] = [
    ["a kind that does not exist", [frame(15, u32(0))]],
    ["a kind of slots", [frame(FrameKind.READY, u32(0))]],
    ["unknown flags", [frame(FrameKind.REQUEST, request, { flags: 0xff, stream: 1 })]],
    ["a reserved field", [frame(FrameKind.CANCEL, new Uint8Array(0), { reserved: 7 })]],
    ["a second HELLO", [HELLO]],
    ["an empty request", [
      frame(FrameKind.REQUEST, new Uint8Array(0), { flags: WHOLE, stream: 1 }),
    ]],
    ["a random request", [
      frame(FrameKind.REQUEST, random.bytes(200), { flags: WHOLE, stream: 1 }),
    ]],
    ["a cut head", [frame(FrameKind.REQUEST, request.slice(0, 20), { flags: WHOLE, stream: 1 })]],
    [
      "two requests on one stream",
      [
        frame(FrameKind.REQUEST, request, { flags: WHOLE, stream: 5 }),
        frame(FrameKind.REQUEST, request, { flags: WHOLE, stream: 5 }),
      ],
    ],
    ["random bytes", [random.bytes(10_000)]],
  ];
  await attacked(async (exec) => {
    for (const [what, frames] of oddities) {
      using peer = await Stranger.dial(exec.address("link"), "evil");
      assert(await peer.isAnswered());
      for (const bytes of frames) await writeAll(peer.conn, bytes);
      assertEquals(await peer.reads(FrameKind.GOODBYE), true, `no GOODBYE after ${what}`);
      await untilClosed(peer.conn);
    }
  });
});

Deno.test("Frames for streams that do not exist, and a flood of tiny ones, are passed over", async () => {
  const random = Random.printed("hostile frames");
  await attacked(async (exec) => {
    using peer = await Stranger.dial(exec.address("link"), "evil");
    for (let i = 0; i < 2_000; i++) {
      const kind = random.pick([
        ...[
          FrameKind.REPLY,
          FrameKind.END,
          FrameKind.ERROR,
          FrameKind.CANCEL,
          FrameKind.REPLY_CREDIT,
          FrameKind.REQUEST_CREDIT,
        ],
      ]);
      // Small stream ids are in use by others.
      const stream = random.pick([random.u32(), random.below(64)]);
      peer.queue.append(
        kind,
        random.pick([0, WHOLE, WHOLE | FrameFlag.END]),
        stream,
        random.bytes(4),
      );
    }
    assert(await peer.isAnswered());
    for (let i = 0; i < 100_000; i++) peer.queue.reserve(FrameKind.CANCEL, 0, i, 0);
    assert(await peer.isAnswered());
    const { counters } = await exec.status();
    assert((counters as { lateFrames: number }).lateFrames >= 100_000);
  });
});
