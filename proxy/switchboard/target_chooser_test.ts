import { assertEquals } from "@std/assert";
import { server } from "../../tests/support/servers.ts";
import type { Decision, RouteRequest, ServerView } from "../../routing/types.ts";
import { callWith, TestPort } from "../../tests/support/proxy_calls.ts";
import { headOf } from "../../tests/support/request_heads.ts";
import type { RequestHead } from "../../wire/request_head.ts";
import { isRefusal, TargetChooser } from "./target_chooser.ts";

interface Setting {
  server?: ServerView;
  port?: TestPort;
  idempotent?: (server: string, target: string) => boolean;
  /** The server that has the call which is hedged, under stream 5. */
  hedged?: ServerView;
}

const EXEC = server("exec-1");

function choose(setting: Setting, head: Partial<RequestHead> = {}) {
  const routes: RouteRequest[] = [];
  const started: string[] = [];
  const decided: unknown[][] = [];
  const decision: Decision = setting.server === undefined
    ? { server: undefined, why: undefined, code: "UNAVAILABLE", message: "nobody", again: true }
    : { server: setting.server, why: "round-robin", code: undefined, message: "" };
  const chooser = new TargetChooser({
    router: {
      pick: (route) => {
        routes.push({ ...route });
        return decision;
      },
      started: ({ name }) => void started.push(name),
    },
    linkPort: () => setting.port,
    isIdempotent: setting.idempotent ?? (() => false),
    decisions: {
      add: ({ requestIdHigh, requestIdLow, target, attempt }, ...rest) =>
        decided.push([requestIdHigh, requestIdLow, target, attempt, ...rest]),
    },
  });
  const origin = new TestPort("slot");
  if (setting.hedged !== undefined) {
    const first = callWith({ origin, stream: 5 });
    first.server = setting.hedged;
    origin.addBegun(first);
  }
  const reader = headOf({ requestIdHigh: 1, requestIdLow: 2, attempt: 3, ...head });
  const call = callWith({ origin, head: reader });
  const choice = chooser.choose(call, reader, 1_000);
  const what = isRefusal(choice) ? choice.code : choice === null ? "here" : "link";
  return { what, choice, call, route: routes[0]!, started, decided };
}

const port = () => new TestPort("link", "link to exec-1");

Deno.test("a request goes to the server that the router picks, here or over its link", () => {
  const { what, call, started, decided } = choose({ server: EXEC, port: port() });
  assertEquals([what, call.serverName, started], ["link", "exec-1", ["exec-1"]]);
  assertEquals(decided, [[1, 2, "a.b", 3, "exec-1", "round-robin", 1_000]]);
  assertEquals(call.decision, 1);
  assertEquals(choose({ server: { ...EXEC, local: true } }).what, "here");
});

Deno.test("what stands in the way is no server, no link, or a link that is full; another try may fare better", () => {
  const full = port();
  full.queueMaxBytes = -1;
  for (const setting of [{}, { server: EXEC }, { server: EXEC, port: full }]) {
    const { what, choice, started } = choose(setting);
    assertEquals(isRefusal(choice) && choice.retryable, true, what);
    assertEquals(started, []);
  }
  assertEquals(full.refusedFrames, 1);
});

Deno.test("a head's hash names the server to avoid, or the only one", () => {
  const at = { server: EXEC, port: port() };
  const avoid = choose(at, { avoidHash: 9, key: "k" }).route;
  assertEquals([avoid.avoidHash, avoid.pinnedHash, avoid.keyExplicit, avoid.key], [
    9,
    0,
    false,
    "k",
  ]);
  const pinned = choose(at, { pinnedHash: 9, key: "k", keyExplicit: true }).route;
  assertEquals([pinned.avoidHash, pinned.pinnedHash, pinned.keyExplicit], [0, 9, true]);
});

Deno.test("a hedge goes to another server than its call has, and only where the handler may be repeated", () => {
  const head = { hedgedStream: 5 };
  const other = server("exec-2");
  const idempotent = (name: string, target: string) => name === "exec-1" && target === "a.b";
  const at = { server: EXEC, port: port() };
  const { what, route } = choose({ ...at, hedged: other, idempotent }, head);
  assertEquals([what, route.avoidHash], ["link", other.hash]);
  assertEquals(choose({ ...at, hedged: other }, { ...head, idempotent: true }).what, "link");
  assertEquals(choose({ ...at, hedged: other }, head).what, "INVALID_ARGUMENT");
  assertEquals(choose({ ...at, hedged: EXEC, idempotent }, head).what, "UNAVAILABLE");
  assertEquals(choose({ ...at, idempotent }, head).what, "UNAVAILABLE"); // its call has ended
});
