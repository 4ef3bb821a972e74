import { assertEquals } from "@std/assert";
import { parseCargo } from "./cargo.ts";

Deno.test("parseCargo() adds up the tests of all test programs", () => {
  const output = `
running 3 tests
test space::tests::a_frame_fits ... ok
test space::tests::full ... FAILED
test space::tests::wraps - should panic ... ok

test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s

running 1 test
test huge ... ignored, needs 8 GiB
test result: ok. 0 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s
`;
  assertEquals(parseCargo(output), {
    passed: 2,
    failed: ["native: space::tests::full"],
    skipped: ["native: huge (skipped: needs 8 GiB)"],
  });
});
