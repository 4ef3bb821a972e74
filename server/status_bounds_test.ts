import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { CallHistory } from "../client/call_history.ts";
import { judge } from "../client/retry_policy.ts";
import { DnsSource } from "../discovery/dns_source.ts";
import { EtcdClient } from "../discovery/etcd_client.ts";
import { encodePayload } from "../endpoint/codec.ts";
import { type Code, MeshError } from "../errors.ts";
import * as limits from "../limits.ts";
import { boundsReached, COUNTED_BOUNDS, type CountedBound } from "../limits/reached.ts";
import { parseQuery } from "../nameserver/query.ts";
import { MessageSplitter } from "../nameserver/tcp_messages.ts";
import { consoleMethods } from "../observe/console_log.ts";
import { LogLimit } from "../observe/log_limit.ts";
import { PieceReader } from "../observe/log_pieces.ts";
import { LogWriter } from "../observe/log_writer.ts";
import { realOutside } from "../outside/real_outside.ts";
import { LinkConnections } from "../proxy/link/connections.ts";
import { appendMessage } from "../proxy/link/control_frames.ts";
import { LINK_TIMINGS } from "../proxy/link/timings.ts";
import { Dispatcher } from "../routing/dispatch/dispatcher.ts";
import { RetryBudget } from "../routing/retry_budget.ts";
import { parseSourceAddress } from "../config/source_address.ts";
import { TestPort } from "../tests/support/proxy_calls.ts";
import { encodedHead } from "../tests/support/request_heads.ts";
import { MemoryLog } from "../tests/support/memory_log.ts";
import { routerAt, server } from "../tests/support/servers.ts";
import { projectFiles, textOf } from "../tests/support/source_tree.ts";
import { TestDns } from "../tests/support/test_dns.ts";
import { Watched } from "../tests/support/watched_source.ts";
import { readUser } from "../webfront/user_cookie.ts";
import { encodeErrorBody } from "../wire/error_body.ts";
import { FrameKind } from "../wire/frame.ts";
import { FrameQueue } from "../wire/frame_queue.ts";
import { encodeOffer, parseHello } from "../wire/link_messages.ts";
import { metadataBytes } from "../wire/metadata.ts";
import { identityOf, offerOf } from "../wire/server_info.ts";
import { readBoundsReport } from "../worker/bounds_report.ts";

const log = new MemoryLog();
const failed = (code: Code, died = false) => ({
  error: new MeshError(code, "x", { started: died }),
  retryable: true,
  died,
});
const dispatcherOf = (queueMaxCalls: number, now = () => 0) => {
  const dispatcher = new Dispatcher<number>({
    now,
    queueMaxCalls,
    deliver: () => {},
    refuse: () => {},
  });
  dispatcher.addProcess({ id: 0, services: new Map([["a", 1]]) });
  dispatcher.admit(0, "a", Infinity);
  return dispatcher;
};
const handlers = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ name: `h${i}`, idempotent: false }));
const services = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ name: `s${i}`, handlers: [] }));
const refused = (value: unknown) => assertThrows(() => encodePayload(value), MeshError);
const nested = (depth: number): unknown => depth === 0 ? [] : [nested(depth - 1)];
const chained = (links: number): object => links === 0 ? {} : Object.create(chained(links - 1));

/** Name of a bound → what meets it. */
const MEET: { readonly [bound in CountedBound]?: () => unknown } = {
  ATTEMPTS_MAX: () => judge(new CallHistory(), failed("RESOURCE_EXHAUSTED"), 2),
  CODEL_TARGET_MS: () => {
    let ms = 0;
    const dispatcher = dispatcherOf(100_000, () => ms);
    for (let call = 1; ms < 10 * limits.CODEL_INTERVAL_MS; ms += 10) {
      dispatcher.admit(call++, "a", Infinity);
    }
  },
  CONSOLE_LABELS_MAX: () => {
    const { count } = consoleMethods(log);
    for (let i = 0; i <= limits.CONSOLE_LABELS_MAX; i++) count?.(`label ${i}`);
  },
  DEATHS_MAX: () => judge(new CallHistory(true), failed("UNAVAILABLE", true), 1),
  DNS_ADDITIONALS_MAX: () =>
    parseQuery(Uint8Array.of(0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, limits.DNS_ADDITIONALS_MAX + 1)),
  DNS_QUERY_MAX_BYTES: () => new MessageSplitter().push(Uint8Array.of(0xff, 0xff)),
  ERROR_MESSAGE_MAX_BYTES: () =>
    encodeErrorBody(new MeshError("INTERNAL", "x".repeat(limits.ERROR_MESSAGE_MAX_BYTES + 1))),
  ETCD_MESSAGE_MAX_BYTES: async () => {
    await using etcd = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      () => new Response("x".repeat(limits.ETCD_MESSAGE_MAX_BYTES + 1)),
    );
    using client = new EtcdClient(`127.0.0.1:${etcd.addr.port}`, AbortSignal.timeout(10_000));
    await assertRejects(() => client.ping("mesh/"));
  },
  HANDSHAKES_MAX: async () => {
    const connections = new LinkConnections({ ...LINK_TIMINGS, handshakesMax: 0 }, realOutside);
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    using dialled = await Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port });
    assertEquals(connections.admits(await listener.accept()), false);
    await dialled.closeWrite();
    await connections.close();
  },
  HEDGE_BUDGET_RATIO: () => new RetryBudget(0, 0, "HEDGE_BUDGET_RATIO").tryRetry(),
  HELLO_MAX_BYTES: () => parseHello(new Uint8Array(limits.HELLO_MAX_BYTES + 1)),
  HELLO_NAMES_MAX: () =>
    identityOf({
      name: "a",
      epoch: "0".repeat(16),
      roles: new Array(65).fill("web"),
      features: [],
    }),
  IDENTITY_MAX_CHARS: () =>
    readUser(new Headers({ cookie: `who=${"x".repeat(limits.IDENTITY_MAX_CHARS + 1)}` }), {
      name: "who",
      issue: true,
      maxAgeDays: 1,
      secure: false,
    }),
  INTEGER_MAX_BYTES: () => refused(1n << BigInt(8 * limits.INTEGER_MAX_BYTES)),
  KEY_MAX_BYTES: () =>
    assertThrows(() => encodedHead({ key: "x".repeat(limits.KEY_MAX_BYTES + 1) })),
  LINK_CONTROL_QUEUE_MAX_BYTES: () =>
    appendMessage(new FrameQueue(16), FrameKind.UPDATE, new Uint8Array(100)),
  LINK_QUEUE_MAX_BYTES: () => new TestPort("link").refuseFrame(),
  LOG_KINDS_MAX: () => {
    const limit = new LogLimit({ now: () => 0, later: () => {} });
    for (let i = 0; i <= limits.LOG_KINDS_MAX; i++) limit.admits(`kind ${i}`, () => {});
  },
  LOG_KIND_BURST: () => {
    const limit = new LogLimit({ now: () => 0, later: () => {} });
    for (let i = 0; i <= limits.LOG_KIND_BURST; i++) limit.admits("kind", () => {});
  },
  LOG_QUEUE_MAX_BYTES: () =>
    new LogWriter({ maxBytes: 1, write: () => 0 }, 10).write(
      new Uint8Array(11),
      () => new Uint8Array(),
    ),
  LOG_RECORD_MAX_BYTES: () => {
    const piece = new Uint8Array(limits.LOG_RECORD_MAX_BYTES + 2);
    piece[0] = 46;
    new PieceReader().push(piece);
  },
  MESSAGE_DEFAULT_BYTES: () =>
    assertThrows(() => encodePayload(new Array(100_000).fill("x"), "input", 1_024)),
  METADATA_MAX_BYTES: () =>
    assertThrows(() => metadataBytes({ a: "x".repeat(limits.METADATA_MAX_BYTES) })),
  OFFERED_HANDLERS_MAX: () =>
    offerOf({
      services: [{ name: "s", handlers: handlers(limits.OFFERED_HANDLERS_MAX + 1) }],
      draining: false,
    }),
  OFFERED_SERVICES_MAX: () =>
    offerOf({ services: services(limits.OFFERED_SERVICES_MAX + 1), draining: false }),
  PAYLOAD_DEPTH_MAX: () => refused(nested(limits.PAYLOAD_DEPTH_MAX + 1)),
  PROTOTYPES_MAX: () => refused(chained(limits.PROTOTYPES_MAX + 1)),
  RETRY_BUDGET_RATIO: () => new RetryBudget(0, 0).tryRetry(),
  SERVER_INFO_MAX_BYTES: () =>
    assertThrows(() =>
      encodeOffer({
        services: [{ name: "s", handlers: handlers(40_000) }],
        draining: false,
      })
    ),
  SERVICES_KNOWN_MAX: () => {
    const names = services(limits.SERVICES_KNOWN_MAX + 1).map(({ name }) => name);
    const { router } = routerAt([], [server("exec-1", names)]);
    router.update([]);
  },
  SERVICE_QUEUE_MAX_CALLS: () => dispatcherOf(0).admit(1, "a", Infinity),
  SLOT_QUEUE_MAX_BYTES: () => new TestPort("slot").refuseFrame(),
  SOURCE_ADDRESSES_MAX: async () => {
    await using dns = await TestDns.listen();
    // Names with so many addresses each as fit one answer.
    const targets = Array.from({ length: 30 }, (_, i) => `${i}.t`);
    dns.records.set("SRV m.t", targets.map((target) => ({ target, port: 7400 })));
    targets.forEach((target, i) => {
      dns.records.set(`A ${target}`, Array.from({ length: 36 }, (_, j) => `10.0.${i}.${j}`));
    });
    const text = `dns+srv://m.t${dns.query}`;
    const where = parseSourceAddress(text);
    assert(where?.kind === "dns+srv");
    await using seen = new Watched(new DnsSource(text, where, log));
    await seen.until("addresses are there", () => seen.told.length > 0);
  },
  TARGET_MAX_BYTES: () =>
    assertThrows(() => encodedHead({ target: `a.${"x".repeat(limits.TARGET_MAX_BYTES)}` })),
};

/** What takes a whole proxy, a worker, or a module that is checked, and bounds that another test meets. */
const ELSEWHERE: readonly CountedBound[] = [
  "CALLS_MAX",
  "DNS_CONNECTIONS_MAX",
  "GONE_SERVERS_MAX",
  "HELD_MAX_BYTES",
  "LOG_RAW_LINE_MAX_BYTES",
  "MODULE_CHECK_OUTPUT_MAX_BYTES",
  "SLOTS_DEFAULT",
  "UNCAUGHT_LOGGED_PER_SECOND",
];

for (const [bound, meet] of Object.entries(MEET)) {
  Deno.test(`the status counts how often ${bound} was met`, async () => {
    const before = boundsReached();
    await meet();
    const after = boundsReached();
    const moved = COUNTED_BOUNDS.filter((name) => after[name] > before[name]);
    assert(moved.some((name) => name === bound), `moved: ${moved.join(", ") || "none"}`);
  });
}

Deno.test("every counted bound is in limits.ts, is counted somewhere, and is met by a test", () => {
  const sources = projectFiles(/(?<!_test)\.ts$/).filter((path) => !path.startsWith("tests/"));
  const counting = sources.map(textOf).join("\n");
  for (const bound of COUNTED_BOUNDS) {
    assert(Object.hasOwn(limits, bound), bound);
    assert(counting.split(`"${bound}"`).length > 2, `${bound} is counted nowhere`);
    assert(Object.hasOwn(MEET, bound) !== ELSEWHERE.includes(bound), bound);
  }
});

Deno.test("a worker's report of bounds is believed within its own", () => {
  assertEquals(readBoundsReport({ KEY_MAX_BYTES: 3, CALLS_MAX: 1 }), [
    ["KEY_MAX_BYTES", 3],
    ["CALLS_MAX", 1],
  ]);
  const wrong = [null, 1, { other: 1 }, { KEY_MAX_BYTES: 0 }, { KEY_MAX_BYTES: 1.5 }, {
    KEY_MAX_BYTES: 1e9,
  }];
  for (const said of wrong) assertThrows(() => readBoundsReport(said), Error, "malformed");
});
