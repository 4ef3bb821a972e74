import { assertEquals } from "@std/assert";
import type { ExplainedCandidate, Explanation } from "../routing/types.ts";
import { decisionsText, explanationText } from "./why_text.ts";

const candidate = (server: string, more: Partial<ExplainedCandidate>): ExplainedCandidate => ({
  server,
  local: false,
  state: "ok",
  score: 0,
  inFlight: 0,
  latencyMs: undefined,
  queueDepth: 0,
  reportedLatencyMs: undefined,
  picked: 0,
  note: "",
  ...more,
});

const EXPLANATION: Explanation = {
  service: "portfolio",
  key: "ann",
  group: "users",
  mode: "routed",
  balance: "round-robin",
  scoreMeaning: "place in the key's order, the highest first",
  candidates: [
    candidate("exec-2", { state: "ejected", score: 0.9, note: "probe in 300 ms", picked: 12 }),
    candidate("web-1", {
      local: true,
      score: 0.25,
      inFlight: 3,
      latencyMs: 1.5,
      queueDepth: 0.26,
      picked: 4,
    }),
  ],
  picked: "web-1",
  reason: "failover: the key's server is not available",
  code: undefined,
};

Deno.test("explanationText() shows each candidate, the picked one, and what the score means", () => {
  assertEquals(
    explanationText(EXPLANATION),
    `service  portfolio
key      "ann"
group    users
mode     routed
picked   web-1 (failover: the key's server is not available)

   server            state    score  in flight  queued  latency  times picked  note
   exec-2            ejected  0.900  0          0       -        12            probe in 300 ms
→  web-1 (this one)  ok       0.250  3          0.3     1.50 ms  4

score: place in the key's order, the highest first
`,
  );
});

Deno.test("explanationText() says with which code a call would be refused", () => {
  const { key: _, ...rest } = EXPLANATION;
  const refused: Explanation = {
    ...rest,
    key: undefined,
    mode: "normal",
    candidates: [],
    picked: undefined,
    reason: "no server offers it",
    code: "NOT_FOUND",
  };
  assertEquals(
    explanationText(refused),
    `service  portfolio
key      -
group    users
mode     normal, round-robin
refused  NOT_FOUND: no server offers it
`,
  );
});

Deno.test("decisionsText() shows the calls of a request and their attempts, the oldest first", () => {
  const decision = {
    requestId: "0123456789abcdef",
    target: "quotes.price",
    attempt: 0,
    server: "exec-1",
    why: "round-robin",
    outcome: "UNAVAILABLE",
    agoMs: 1_250,
    tookMs: 3,
  };
  assertEquals(
    decisionsText([decision, {
      ...decision,
      attempt: 1,
      server: "exec-2",
      outcome: "ok",
      agoMs: 1_245,
      tookMs: 0.456,
    }]),
    `request 0123456789abcdef, 1.3 s ago

after  call          attempt  server  why          outcome      took
0 ms   quotes.price  1        exec-1  round-robin  UNAVAILABLE  3.00 ms
5 ms   quotes.price  2        exec-2  round-robin  ok           0.46 ms
`,
  );
});
