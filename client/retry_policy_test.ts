import { assert, assertEquals } from "@std/assert";
import { type Code, MeshError } from "../errors.ts";
import { ATTEMPTS_MAX, RETRY_PAUSE_MAX_MS } from "../limits.ts";
import type { ReceivedError } from "../wire/error_body.ts";
import { CallHistory } from "./call_history.ts";
import { serverHash } from "../routing/hash.ts";
import { avoidHashOf, judge, pauseMs } from "./retry_policy.ts";

function received(
  traits: { code?: Code; started?: boolean; retryable?: boolean; died?: boolean },
): ReceivedError {
  const { code = "UNAVAILABLE", started = false, retryable = true, died = false } = traits;
  return { error: new MeshError(code, "x", { started }), retryable, died };
}

Deno.test("what never began is tried again at no cost, however often", () => {
  const history = new CallHistory();
  for (let attempt = 0; attempt < 50; attempt++) {
    assertEquals(judge(history, received({}), attempt), "again");
  }
  assertEquals([history.started, history.deaths], [false, 0]);
});

Deno.test("what is not to be tried again is not", () => {
  assertEquals(judge(new CallHistory(), received({ retryable: false }), 0), "fail");
});

Deno.test("what may have begun, or was refused for overload, costs of the budget and is tried a few times", () => {
  for (const traits of [{ started: true }, { code: "RESOURCE_EXHAUSTED" as const }]) {
    const history = new CallHistory();
    for (let attempt = 0; attempt + 1 < ATTEMPTS_MAX; attempt++) {
      assertEquals(judge(history, received(traits), attempt), "again from the budget");
    }
    assertEquals(judge(history, received(traits), ATTEMPTS_MAX - 1), "fail");
  }
});

Deno.test("a call that was in flight in a process that died is tried once more at most", () => {
  const death = received({ started: true, died: true });
  const history = new CallHistory();
  assertEquals(judge(history, death, 0), "again");
  assert(history.suspect && history.started);
  assertEquals(judge(history, received({}), 1), "again", "that attempt never began");
  assertEquals(judge(history, received({ started: true }), 1), "fail");
  const other = new CallHistory();
  judge(other, death, 0);
  assertEquals(judge(other, death, 1), "deadly");
});

Deno.test("two deaths are enough, also when nothing may be repeated", () => {
  const death = received({ started: true, died: true, retryable: false });
  const history = new CallHistory();
  assertEquals(judge(history, death, 0), "fail");
  assertEquals(judge(history, death, 0), "deadly");
});

Deno.test("while a suspect's hedge is under way, that is its last attempt", () => {
  const history = new CallHistory();
  assertEquals(judge(history, received({ started: true, died: true }), 0, true), "fail");
});

Deno.test("pauses grow and stay bounded; the first retry comes at once", () => {
  assertEquals(pauseMs(1, () => 0.5), 0);
  assertEquals([2, 3, 4].map((attempt) => pauseMs(attempt, () => 0.5)), [20, 40, 80]);
  for (let attempt = 2; attempt < 2_000; attempt++) {
    const pause = pauseMs(attempt, Math.random);
    assert(pause > 0 && pause <= 1.5 * RETRY_PAUSE_MAX_MS);
  }
});

Deno.test("the next attempt avoids the server that failed, if that is known", () => {
  assertEquals(avoidHashOf(received({}).error), 0);
  const error = new MeshError("UNAVAILABLE", "it drains", { server: "exec-1" });
  assertEquals(avoidHashOf(error), serverHash("exec-1"));
});
