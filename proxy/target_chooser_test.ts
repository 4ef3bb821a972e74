import { assertEquals } from "@std/assert";
import type { Router } from "../routing/router.ts";
import type { RouteRequest } from "../routing/types.ts";
import { HeadFlag, type RequestHeadReader } from "../wire/request_head.ts";
import type { Port } from "./port.ts";
import type { ProxyCall } from "./proxy_call.ts";
import { isRefusal, TargetChooser, type TargetChooserOptions } from "./target_chooser.ts";

interface Setting {
  server?: { name: string; hash: number; local: boolean };
  port?: { full: boolean; refusedFrames: number; label: string };
  idempotent?: (server: string, target: string) => boolean;
  callIdempotent?: boolean;
  /** Hash of the server that has the call which is hedged. */
  hedged?: number;
}

const EXEC = { name: "exec-1", hash: 11, local: false };

function choose(setting: Setting, head: Partial<RequestHeadReader> = {}) {
  const routes: RouteRequest[] = [];
  const started: string[] = [];
  const decided: unknown[][] = [];
  const options = {
    router: {
      pick: (route: RouteRequest) => {
        routes.push({ ...route });
        return setting.server === undefined
          ? { code: "UNAVAILABLE", message: "nobody", again: true }
          : { server: setting.server, why: "its turn" };
      },
      started: (server: { name: string }) => started.push(server.name),
    } as unknown as Router,
    linkPort: () => setting.port as unknown as Port | undefined,
    isIdempotent: setting.idempotent ?? (() => false),
    decisions: { add: (...what: unknown[]) => decided.push(what) },
  } as unknown as TargetChooserOptions;
  const begun = (stream: number) =>
    stream === 5 && setting.hedged !== undefined ? { server: { hash: setting.hedged } } : undefined;
  const call = {
    name: "a.b",
    service: "a",
    idempotent: setting.callIdempotent ?? false,
    origin: { begun },
    server: null,
    serverName: "",
    decision: -1,
  } as unknown as ProxyCall;
  const all = {
    service: "a",
    key: undefined,
    flags: 0,
    serverHash: 0,
    requestIdHigh: 1,
    requestIdLow: 2,
    attempt: 3,
    ...head,
  } as RequestHeadReader;
  const choice = new TargetChooser(options).choose(call, all, 1_000);
  const what = isRefusal(choice) ? choice.code : choice === null ? "here" : "link";
  return { what, choice, call, route: routes[0]!, started, decided };
}

const port = () => ({ full: false, refusedFrames: 0, label: "link to exec-1" });

Deno.test("a request goes to the server that the router picks, here or over its link", () => {
  const { what, call, started, decided } = choose({ server: EXEC, port: port() });
  assertEquals([what, call.serverName, started], ["link", "exec-1", ["exec-1"]]);
  assertEquals(decided, [[1, 2, "a.b", 3, "exec-1", "its turn", 1_000]]);
  assertEquals(call.decision, 1);
  assertEquals(choose({ server: { ...EXEC, local: true } }).what, "here");
});

Deno.test("what stands in the way is no server, no link, or a link that is full; another try may fare better", () => {
  const full = { ...port(), full: true };
  for (const setting of [{}, { server: EXEC }, { server: EXEC, port: full }]) {
    const { what, choice, started } = choose(setting);
    assertEquals(what === "link" || what === "here", false);
    assertEquals([(choice as unknown as { retryable: boolean }).retryable, started], [true, []]);
  }
  assertEquals(full.refusedFrames, 1);
});

Deno.test("a head's hash names the server to avoid, or the only one", () => {
  const flags = HeadFlag.PINNED | HeadFlag.KEY_EXPLICIT;
  const avoid = choose({ server: EXEC, port: port() }, { serverHash: 9, key: "k" }).route;
  assertEquals([avoid.avoidHash, avoid.pinnedHash, avoid.keyExplicit, avoid.key], [
    9,
    0,
    false,
    "k",
  ]);
  const pinned = choose({ server: EXEC, port: port() }, { serverHash: 9, flags }).route;
  assertEquals([pinned.avoidHash, pinned.pinnedHash, pinned.keyExplicit], [0, 9, true]);
});

Deno.test("a hedge goes to another server than its call has, and only where the handler may be repeated", () => {
  const head = { flags: HeadFlag.HEDGE, serverHash: 5 };
  const idempotent = (server: string, target: string) => server === "exec-1" && target === "a.b";
  const at = { server: EXEC, port: port() };
  const { what, route } = choose({ ...at, hedged: 22, idempotent }, head);
  assertEquals([what, route.avoidHash], ["link", 22]);
  assertEquals(choose({ ...at, hedged: 22, callIdempotent: true }, head).what, "link");
  assertEquals(choose({ ...at, hedged: 22 }, head).what, "INVALID_ARGUMENT");
  assertEquals(choose({ ...at, hedged: 11, idempotent }, head).what, "UNAVAILABLE");
  assertEquals(choose({ ...at, idempotent }, head).what, "UNAVAILABLE"); // its call has ended
});
