import { assertEquals } from "@std/assert";
import { readSimulateArguments } from "./arguments.ts";

const faultsOf = (...words: string[]) => {
  const read = readSimulateArguments(words);
  return Array.isArray(read) ? read.length : 0;
};

Deno.test("what is asked of the simulation is read, and what is wrong is told all at once", () => {
  const read = readSimulateArguments(["--seed=7", "--seed", "8", "--calls", "20", "--log=x"]);
  if (Array.isArray(read)) throw new Error(read.join("\n"));
  assertEquals([read.seed, read.calls, read.log, read.seeds], [[7, 8], 20, "x", undefined]);
  assertEquals(faultsOf("--seeds", "many"), 1);
  assertEquals(faultsOf("--seeds="), 1);
  assertEquals(faultsOf("--seeds=0", "--threads=-1", "--minutes=Infinity"), 3);
  assertEquals(faultsOf("--calls=1.5"), 1);
  assertEquals(faultsOf("--minutes=0.5"), 0);
  assertEquals(faultsOf("--sede=1"), 1);
  assertEquals(faultsOf("now"), 1);
  assertEquals(faultsOf("--log=x"), 1);
  assertEquals(faultsOf("--planted", "--mutants"), 1);
  assertEquals(faultsOf("--out=x"), 1);
  assertEquals(faultsOf("--planted", "--out=x") + faultsOf("--mutants", "--resume=x"), 0);
  assertEquals(faultsOf("--mutants", "--again=x", "--resume=x"), 1);
});
