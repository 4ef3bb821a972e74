import { assertEquals } from "@std/assert";
import { DECISIONS_KEPT } from "../../limits.ts";
import { DecisionLog } from "./decision_log.ts";

Deno.test("a request is found by its id, with every attempt and how it ended", () => {
  const log = new DecisionLog();
  const first = log.add(1, 2, "quotes.price", 0, "exec-1", "round-robin", 100);
  log.add(9, 9, "news.top", 0, "exec-1", "round-robin", 100);
  log.ended(first, "UNAVAILABLE", 103);
  log.add(1, 2, "quotes.price", 1, "exec-2", "round-robin", 104);
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
  const first = log.add(0, 1, "a.b", 0, "s", "w", 0);
  for (let i = 0; i < DECISIONS_KEPT; i++) log.add(7, i, "a.b", 0, "s", "w", 0);
  log.ended(first, "ok", 1);
  assertEquals(log.find("0000000000000001", 2), []);
  assertEquals(log.find("0000000700000000", 2)[0]!.outcome, "under way");
});
