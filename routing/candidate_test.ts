import { assert, assertEquals } from "@std/assert";
import { server } from "../tests/support/servers.ts";
import { Candidate } from "./candidate.ts";

/** One call that ended, 10 ms after it began. */
function called(candidate: Candidate, outcome: "ok" | "UNAVAILABLE", nowMs: number): void {
  candidate.started(nowMs);
  const load = { queueDepth: 7, latencyMs: 90 };
  candidate.ended(outcome, 10, nowMs + 10, load, false);
}

Deno.test("a server that is a new one has neither the failures nor the load of the old one, and keeps the counts", () => {
  const old = new Candidate(server("exec-1"));
  const fresh = new Candidate(server("exec-1"));
  for (let i = 0; i < 20; i++) called(old, "UNAVAILABLE", 1_000 + i);
  called(old, "ok", 1_100);
  assert(old.score(1_110, 5) > 10 * fresh.score(1_110, 5), "it failed, and much waits there");
  old.forget(1_110);
  assertEquals(old.score(1_110, 5), fresh.score(1_110, 5));
  assertEquals([old.queueDepth(1_110), old.reportedLatencyMs(1_110)], [0, 0]);
  assertEquals([old.failures, old.inFlight], [20, 0]);
});
