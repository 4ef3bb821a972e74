import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { runGuarded } from "./guarded.ts";

const options = { cwd: ".", timeoutMs: 20_000, graceMs: 200 };

Deno.test("runGuarded() returns exit code and output of a command", async () => {
  const result = await runGuarded(["sh", "-c", "echo out; echo err >&2; exit 3"], options);
  assertEquals(result.code, 3);
  assertStringIncludes(result.output, "out\n");
  assertStringIncludes(result.output, "err\n");
  assertEquals(result.timedOut, false);
  assertEquals(result.leftovers, []);
});

Deno.test("runGuarded() kills a command that hangs, with all it has started", async () => {
  const result = await runGuarded(["sh", "-c", "sleep 61 & sleep 62"], {
    ...options,
    timeoutMs: 100,
  });
  assert(result.timedOut);
});

Deno.test("runGuarded() names and kills what a command leaves behind", async () => {
  const result = await runGuarded(["sh", "-c", "sleep 63 &"], options);
  assertEquals(result.code, 0);
  assertEquals(result.leftovers.length, 1);
  assertStringIncludes(result.leftovers[0] ?? "", "sleep 63");
});

Deno.test("runGuarded() does not wait for a process that left the group", async () => {
  const result = await runGuarded(["sh", "-c", "setsid sleep 2 & sleep 0.1"], options);
  assertEquals(result.leftovers, ["a process outside the group that holds its output open"]);
});
