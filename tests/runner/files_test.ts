import { assertEquals } from "@std/assert";
import { suiteOf, testFiles } from "./files.ts";

Deno.test("suiteOf() sorts test files into suites by where they are", () => {
  assertEquals(suiteOf("wire/frame_test.ts"), "unit");
  assertEquals(suiteOf("errors_test.ts"), "unit");
  assertEquals(suiteOf("tests/runner/files_test.ts"), "unit");
  assertEquals(suiteOf("bench/calls_test.ts"), "bench");
  assertEquals(suiteOf("tests/tidy_test.ts"), "project");
  assertEquals(suiteOf("tests/system/demo_test.ts"), "system");
  assertEquals(suiteOf("tests/chaos/links/cut_test.ts"), "chaos");
});

Deno.test("testFiles() finds this file, and none of the packages' own", () => {
  const root = new URL("../..", import.meta.url).pathname;
  const files = testFiles(root);
  assertEquals(files.includes("tests/runner/files_test.ts"), true);
  assertEquals(files.filter((file) => file.includes("node_modules")), []);
});
