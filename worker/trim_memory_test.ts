import { assertEquals } from "@std/assert";
import { native } from "../native/ffi.ts";
import { trimMemoryOften } from "./trim_memory.ts";

native();

/** Frees 32 MiB below a block in use, and tells how much of it the process still has, in MiB. */
const script = `
  const { trimMemoryOften } = await import(${
  JSON.stringify(import.meta.resolve("./trim_memory.ts"))
});
  let blocks = Array.from({ length: 2_048 }, () => new Uint8Array(16_384).fill(1));
  blocks = blocks.slice(-1);
  gc();
  await new Promise((resolve) => setTimeout(resolve));
  const resident = () => Deno.memoryUsage().rss;
  const before = resident();
  if (Deno.args[0] === "trim") trimMemoryOften(10);
  const end = performance.now() + Number(Deno.args[1]);
  while (before - resident() < 2 ** 24 && performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  console.log(before - resident() < 2 ** 24 ? "kept" : "given back", blocks.length);
`;

async function run(...args: string[]): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-lock", "--v8-flags=--expose-gc", script, ...args],
    stderr: "inherit",
  }).output();
  return new TextDecoder().decode(stdout).trim();
}

Deno.test("what is free below a block in use goes back to the system, and only so", async () => {
  assertEquals(await run("trim", "20000"), "given back 1");
  assertEquals(await run("keep", "300"), "kept 1");
});

Deno.test("disposed of, it stops", () => {
  // A timer that is left over fails the test.
  trimMemoryOften()[Symbol.dispose]();
});
