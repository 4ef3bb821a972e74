import { assert, assertEquals, assertThrows } from "@std/assert";
import { Ground } from "./ground.ts";
import { heartFiles, sourceOf } from "./heart.ts";
import { describe, mutated } from "./mutant.ts";
import { mutantsOf } from "./mutate.ts";
import { sampled } from "./sample.ts";
import { scoreOf } from "./score.ts";
import { type Trial, tried } from "./trial.ts";
import { allMutants } from "./try_mutants.ts";

const SOURCE = `
import { a } from "./a.ts";
/** A number + another. */
export function f(x: number, y: number, log: { info(text: string): void }): void {
  if (x < 3 && y !== 0) return;
  log.info("x" + y);
  const sum = x + y;
  g(sum, y, \`\${x + y}\`);
  a.count += 1;
  for (let i = 0; i < 2; i++) g(i, Math.min(x, y));
}
`;

const changes = mutantsOf("f.ts", SOURCE).map((one) => describe(one).replace(/^f\.ts:/, ""));

Deno.test("mutants are of code alone: not of types, imports, comments, messages and logs", () => {
  assertEquals(changes, [
    "4:83 return at once: with return;",
    "5:3 drop a guard: without if (x < 3 && y !== 0) return;",
    "5:7 negate a condition: x < 3 && y !== 0 → !(x < 3 && y !== 0)",
    "5:9 flip a comparison: < → <=",
    "5:11 move a constant by one: 3 → 4",
    "5:13 swap && and ||: && → ||",
    "5:18 flip a comparison: !== → ===",
    "5:22 move a constant by one: 0 → 1",
    "7:17 swap + and -: + → -",
    "8:3 swap arguments: g(sum, y, `${x + y}`) → g(sum, `${x + y}`, y)",
    "8:3 swap arguments: g(sum, y, `${x + y}`) → g(y, sum, `${x + y}`)",
    "8:3 drop a call: without g(sum, y, `${x + y}`);",
    "9:3 drop an assignment: without a.count += 1;",
    "9:11 swap + and -: += → -=",
    "9:14 move a constant by one: 1 → 2",
    "10:16 move a constant by one: 0 → 1",
    "10:21 flip a comparison: < → <=",
    "10:23 move a constant by one: 2 → 3",
    "10:26 swap + and -: i++ → i--",
    "10:31 swap arguments: g(i, Math.min(x, y)) → g(Math.min(x, y), i)",
    "10:31 drop a call: without g(i, Math.min(x, y));",
    "10:36 swap min and max: Math.min → Math.max",
  ]);
});

Deno.test("a mutant changes its own place, and no other source", () => {
  const [first] = mutantsOf("f.ts", SOURCE);
  assertEquals(
    mutated(SOURCE, first!),
    SOURCE.replace("): void {\n  if", "): void { return;\n  if"),
  );
  const flip = mutantsOf("f.ts", SOURCE).find(({ kind }) => kind === "flip a comparison")!;
  assertThrows(() => mutated(SOURCE.replace("x <", "xx <"), flip));
});

Deno.test("the heart has thousands of mutants, always the same, of each file some", () => {
  const all = allMutants();
  assert(all.length >= 3_000, `${all.length}`);
  assertEquals(all.map(describe), allMutants().map(describe));
  const files = new Set(all.map(({ file }) => file));
  assertEquals(heartFiles().filter((file) => /switchboard\.ts|slot_inbox/.test(file)).length, 2);
  const sample = sampled(all, 300, 5);
  assertEquals(sample.length, 300);
  assertEquals(new Set(sample.map(({ file }) => file)), files, "each file has a part in a sample");
  assertEquals(sampled(all, 300, 5), sample);
  assert(sampled(all, 300, 6).some((one) => !sample.includes(one)));
  assertEquals(sampled(all, Infinity, 5).length, all.length);
  for (const one of sample) mutated(sourceOf(one.file), one);
});

Deno.test("a score counts what was caught, of what can be loaded", () => {
  const [mutant] = allMutants();
  const trials = (["simulation", "simulation", "unit tests", "survived", "invalid"] as const).map(
    (verdict): Trial => ({ mutant: mutant!, verdict, seeds: 1, why: "" }),
  );
  const { simulation, together, all } = scoreOf(trials);
  assertEquals([simulation, together], ["50.0 %", "75.0 %"]);
  assertEquals(all, { simulation: 2, "unit tests": 1, survived: 1, invalid: 1 });
});

/** Mutants that the first seeds show, and one that only tests do: what is done, and what shows it. */
const SHOWN: readonly (readonly [string, string, Trial["verdict"]])[] = [
  ["endpoint/call_multiplexer.ts", "without stream.reply(frame);", "simulation"],
  ["executor/executor.ts", "without call = new IncomingCall(this, stream);", "simulation"],
  ["proxy/switchboard/switchboard.ts", "without call.id = this.#calls.add(call);", "simulation"],
  ["markdev/slot_channel.ts", "without this.#awake = false;", "simulation"],
  ["wire/traceparent.ts", "without if (match === null) return undefined;", "unit tests"],
];

Deno.test("a mutant is shown by the simulation, or by the tests beside its file", async () => {
  using ground = new Ground();
  for (const [file, change, verdict] of SHOWN) {
    const mutant = mutantsOf(file, sourceOf(file)).find((one) => describe(one).endsWith(change));
    assert(mutant !== undefined, `${file} has a mutant ${change}`);
    const trial = await tried(ground, mutant, { first: 1, count: 3 }, true);
    assertEquals([describe(mutant), trial.verdict], [describe(mutant), verdict]);
  }
  ground.restore();
  for (const [file] of SHOWN) {
    assertEquals(Deno.readTextFileSync(`${ground.directory}/${file}`), sourceOf(file));
  }
});
