import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { capturedIo } from "../tests/support/captured_io.ts";
import { boundsReached } from "../limits/reached.ts";
import { main } from "./main.ts";
import type { SlotStatus, Status } from "../server/status.ts";

const free = (index: number): SlotStatus => ({
  index,
  kind: null,
  pid: null,
  generation: 0,
  state: "free",
  inFlight: 0,
  marks: { proxy: { read: false, write: false }, process: { read: false, write: false } },
  droppedFrames: 0,
  queuedBytes: 0,
});

const STATUS: Status = {
  server: {
    name: "web-1",
    roles: ["web", "exec"],
    pid: 4711,
    uptimeMs: 3_723_000,
    draining: false,
  },
  slots: [
    {
      index: 0,
      kind: "exec",
      pid: 4712,
      generation: 3,
      state: "ready",
      inFlight: 7,
      marks: { proxy: { read: true, write: true }, process: { read: false, write: true } },
      droppedFrames: 0,
      queuedBytes: 0,
    },
    free(1),
  ],
  workers: [{
    slot: 0,
    kind: "exec",
    project: "/srv/portal",
    pid: 4712,
    state: "ready",
    restarts: 2,
    lastEnd: "replaced: uncaught error: stray",
    memoryBytes: 64 * 1024 * 1024,
    loopDelayMs: null,
    requests: 1_234,
    uncaught: 3,
  }, {
    slot: null,
    kind: "web",
    project: "/srv/portal",
    pid: null,
    state: "waiting",
    restarts: 0,
    lastEnd: "SIGKILL",
    memoryBytes: null,
    loopDelayMs: null,
    requests: null,
    uncaught: 0,
  }],
  links: [{ peer: "exec-1", address: "127.0.0.1:7401", state: "connected", rttMs: 0.1234 }],
  groups: [{
    name: "default",
    mode: "normal",
    services: ["news", "quotes"],
    balance: "least-loaded",
    prefer: "local",
    servers: [{
      name: "exec-1",
      state: "ok",
      seen: true,
      picked: 12,
      inFlight: 3,
      failures: 2,
      ejections: 1,
    }],
    counters: { spilled: 0, failedOver: 4, probes: 0, refused: 0 },
  }],
  dispatch: [{
    service: "news",
    processes: [0, 1],
    inFlight: 7,
    waiting: 5,
    overloaded: true,
    counters: { delivered: 90, queued: 0, refused: 6, expired: 0 },
  }],
  nameServer: {
    address: "127.0.0.1:5353",
    zone: "portal.example",
    mode: "round-robin",
    servers: [
      { name: "web-1", healthy: true, url: "http://10.0.0.1/", why: null },
      { name: "web-2", healthy: false, url: "http://10.0.0.2/", why: "status 500" },
    ],
    answers: { NOERROR: 17 },
    refusedConnections: 0,
  },
  sources: [],
  services: ["news", "quotes"].map((name) => ({ name, handlers: [] })),
  bounds: boundsReached(),
  counters: {
    requests: 12,
    ok: 10,
    failed: { UNAVAILABLE: 2 },
    refused: 0,
    cancelled: 0,
    lateFrames: 0,
    openCalls: 0,
    workerStarts: 3,
    uncaught: 3,
    slotFaults: 0,
    refusedProcesses: 0,
    crashLoops: 0,
    logDropped: 0,
    logLeftOut: 0,
    logCut: 0,
    logReadWaits: 0,
    uncaughtErrors: 0,
  },
};

/** Something that answers at the admin socket of a directory as a server does. */
async function answering(status: unknown) {
  const directory = await Deno.makeTempDir({ prefix: "mesh-status-" });
  const server = Deno.serve(
    { path: join(directory, "admin.sock"), onListen: () => {} },
    (request) =>
      new URL(request.url).pathname === "/status"
        ? Response.json(status)
        : new Response("no such page", { status: 404 }),
  );
  return {
    run: async (...flags: string[]) => {
      const io = capturedIo();
      const code = await main(["status", "--runtime-dir", directory, ...flags], io);
      assertEquals([code, io.stderr()], [0, ""]);
      return io.stdout();
    },
    [Symbol.asyncDispose]: async () => {
      await server.shutdown();
      await Deno.remove(directory, { recursive: true });
    },
  };
}

Deno.test("mesh status shows server, used slots, links, groups and counters", async () => {
  await using server = await answering(STATUS);
  const text = await server.run();
  for (
    const line of [
      /^server +web-1$/m,
      /^up +1 h 2 min 3 s$/m,
      /^services +news, quotes$/m,
      /^slots \(1 of 2 in use\)$/m,
      /^ +0 +exec +4712 +3 +ready +7$/m,
      /^ +0 +exec +4712 +ready +64 MiB +1234 +2 +3 +replaced: uncaught error: stray$/m,
      /^ +- +web +- +waiting +- +- +0 +0 +SIGKILL$/m,
      /^ +exec-1 +127\.0\.0\.1:7401 +connected +0\.12 ms$/m,
      /^ +group +mode +services +spilled +failed over +probes +refused$/m,
      /^ +default +normal, least-loaded, local first +news, quotes +0 +4 +0 +0$/m,
      /^ +default +exec-1 +ok +12 +3 +2 +1$/m,
      /^ +news +2 +7 +5 +overloaded +90 +0 +6 +0$/m,
      /^name server of portal\.example at 127\.0\.0\.1:5353, round-robin$/m,
      /^ +web-1 +well +http:\/\/10\.0\.0\.1\/$/m,
      /^ +web-2 +left out +http:\/\/10\.0\.0\.2\/ +status 500$/m,
      /^ +NOERROR +17$/m,
      /^ +failed\.UNAVAILABLE +2$/m,
    ]
  ) assertMatch(text, line);
});

Deno.test("mesh status --marks shows every slot with both marks and both modes", async () => {
  await using server = await answering(STATUS);
  const [head, first, second, ...rest] = (await server.run("--marks")).trimEnd().split("\n");
  assertEquals(rest, []);
  assertStringIncludes(head!, "proxy mark");
  assertMatch(first!, /^0 +exec +ready +readable +writable +not readable +writable$/);
  assertMatch(second!, /^1 +- +free +not readable +not writable +not readable +not writable$/);
});

Deno.test("mesh status --json prints what the server told as it is", async () => {
  const told = { ...STATUS, unknownToThisVersion: [1] };
  await using server = await answering(told);
  assertEquals(JSON.parse(await server.run("--json")), told);
});
