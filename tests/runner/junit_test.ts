import { assertEquals } from "@std/assert";
import { parseJunit } from "./junit.ts";

Deno.test("parseJunit() counts what passed and names what failed or was skipped", () => {
  const xml = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="deno test" tests="4" failures="1" errors="0" time="0.024">
    <testsuite name="./a_test.ts" tests="4" disabled="1" errors="0" failures="1">
        <testcase name="a &lt;one&gt; &amp; &quot;two&quot;" classname="./a_test.ts" time="0.000" line="1" col="6">
        </testcase>
        <testcase name="fails" classname="./a_test.ts" time="0.001" line="2" col="6">
            <failure message="Uncaught Error: x">Error: x
    at &lt;skipped/&gt;</failure>
        </testcase>
        <testcase name="page (skipped: chromium is not installed)" classname="./a_test.ts" time="0.000" line="3" col="6">
            <skipped/>
        </testcase>
        <testcase name="steps &gt; one" classname="./a_test.ts" time="0.000" line="4" col="43">
        </testcase>
    </testsuite>
</testsuites>`;
  assertEquals(parseJunit(xml), {
    passed: 2,
    failed: ["a_test.ts: fails"],
    skipped: ["a_test.ts: page (skipped: chromium is not installed)"],
  });
});

Deno.test("parseJunit() finds no test in the report of a run that could not load its modules", () => {
  const xml = `<testsuites name="deno test" tests="0" failures="0" errors="0" time="0.000">
</testsuites>`;
  assertEquals(parseJunit(xml), { passed: 0, failed: [], skipped: [] });
});
