import { assertEquals } from "@std/assert";
import { DECISIONS_KEPT } from "../../limits.ts";
import { DecisionLog, type LoggedHead } from "./decision_log.ts";

const head = (requestIdHigh: number, requestIdLow: number, attempt = 0): LoggedHead => ({
  requestIdHigh,
  requestIdLow,
  attempt,
  target: "quotes.price",
});

Deno.test("a request is found by its id, with every attempt and how it ended", () => {
  const log = new DecisionLog();
  const first = log.add(head(1, 2), "exec-1", "round-robin", 100);
  log.add(head(9, 9), "exec-1", "round-robin", 100);
  log.ended(first, "UNAVAILABLE", 103);
  log.add(head(1, 2, 1), "exec-2", "round-robin", 104);
  const found = log.find("0000000100000002", 110);
  assertEquals(
    found.map(({ attempt, server, outcome, agoMs, tookMs }) => [
      attempt,
      server,
      outcome,
      agoMs,
      tookMs,
    ]),
    [[0, "exec-1", "UNAVAILABLE", 10, 3], [1, "exec-2", "under way", 6, 6]],
  );
});

Deno.test("the oldest requests are forgotten, and their ends ignored", () => {
  const log = new DecisionLog();
  const first = log.add(head(0, 1), "s", "w", 0);
  for (let i = 0; i < DECISIONS_KEPT; i++) log.add(head(7, i), "s", "w", 0);
  log.ended(first, "ok", 1);
  assertEquals(log.find("0000000000000001", 2), []);
  assertEquals(log.find("0000000700000000", 2)[0]!.outcome, "under way");
});
