import { assertEquals } from "@std/assert";
import { Calls } from "./calls.ts";
import type { Begun } from "./observation.ts";

/** A call of web-1 began at 1,000 ms in a process of exec-1, which died at 2,000 ms. */
const BEGUN: Begun = {
  ...{ type: "begun", ms: 1_000, call: 1, process: "exec-1/exec-1", server: "exec-1" },
  ...{ whole: true, requestId: "00000001000000ab" },
};
const DIED_MS = 2_000;

function proxyDied(server: string, ms: number): Calls {
  const calls = new Calls();
  calls.see({ type: "died", ms, process: `${server}/proxy-1`, server, asked: false });
  return calls;
}

function disturbed(what: string, servers: string[], fromMs: number): Calls {
  const calls = new Calls();
  calls.see({ type: "disturbed", what, servers, fromMs, toMs: fromMs + 100 });
  return calls;
}

Deno.test("a caller learns of a death whose proxy lives on, over a link that does", () => {
  const learned = (calls: Calls) => calls.learned("web-1", BEGUN, DIED_MS);
  assertEquals(learned(new Calls()), true);
  assertEquals(learned(proxyDied("exec-1", DIED_MS)), false);
  assertEquals(learned(proxyDied("exec-1", 900)), true, "that one was of an earlier run");
  assertEquals(learned(proxyDied("exec-2", DIED_MS)), true);
  assertEquals(learned(disturbed("link", ["web-1", "exec-1"], 1_990)), false);
  assertEquals(learned(disturbed("link", ["web-2", "exec-1"], 1_990)), true);
  assertEquals(learned(disturbed("clock", ["web-1"], 1_990)), false);
});

Deno.test("within one server no link stands between the caller and a death", () => {
  const calls = disturbed("link", ["exec-1", "exec-1"], 1_990);
  assertEquals(calls.learned("exec-1", BEGUN, DIED_MS), true);
});
