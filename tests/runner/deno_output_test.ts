import { assertEquals } from "@std/assert";
import { parseDenoOutput } from "./deno_output.ts";

Deno.test("parseDenoOutput() counts what ended and names what hung", () => {
  const output = `running 4 tests from ./a_test.ts
a call ends ... \x1b[32mok\x1b[0m (1ms)
./b_test.ts => a server starts ... FAILED (11s)
'a slow one' has been running for over (1m0s)
a slow one ... ok (1m2s)
a page shows (skipped: chromium is not installed) ... ignored (0ms)
'a server drains' has been running for over (1m0s)
'a server drains' has been running for over (2m0s)
`;
  assertEquals(parseDenoOutput(output), {
    passed: 2,
    failed: ["a server starts", "a server drains (hung)"],
    skipped: ["a page shows (skipped: chromium is not installed)"],
  });
});
