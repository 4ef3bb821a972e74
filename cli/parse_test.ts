import { assert, assertEquals, assertThrows } from "@std/assert";
import { Arguments, type Command, UsageError } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { parseCommand } from "./parse.ts";

const SAMPLE: Command = {
  name: "sample",
  summary: "A sample.",
  positionals: [
    { name: "first", help: "The first.", required: true },
    { name: "second", help: "The second.", required: false },
  ],
  flags: [
    { name: "listen", kind: "text", value: "host:port", help: "Where." },
    { name: "count", kind: "number", value: "n", min: 1, max: 9, help: "How many." },
    { name: "json", kind: "boolean", help: "As JSON." },
    { name: "pair", kind: "list", value: "a=b", help: "Pairs." },
  ],
  examples: ["mesh sample x"],
  load: () => Promise.reject(new Error("not run here")),
};

function parse(...words: string[]): Arguments {
  const parsed = parseCommand(SAMPLE, words);
  assert(parsed instanceof Arguments);
  return parsed;
}

const faults = (...words: string[]) =>
  assertThrows(() => parseCommand(SAMPLE, words), UsageError).message.split("\n");

Deno.test("parseCommand() takes flags of every kind, with blank or equals sign, anywhere", () => {
  const args = parse(
    "--listen",
    "a:1",
    "x",
    "--count=3",
    "--json",
    "--pair",
    "a=1",
    "--pair=b=2",
    "5",
  );
  assertEquals(args.text("listen"), "a:1");
  assertEquals(args.number("count"), 3);
  assertEquals(args.has("json"), true);
  assertEquals(args.list("pair"), ["a=1", "b=2"]);
  assertEquals(args.positionals, ["x", "5"]);
});

Deno.test("parseCommand() leaves out what was not given", () => {
  const args = parse("x");
  assertEquals(
    [args.text("listen"), args.number("count"), args.has("json"), args.list("pair")],
    [undefined, undefined, false, []],
  );
  assertEquals(args.values(), {});
});

Deno.test("parseCommand() takes what follows -- as it is", () => {
  assertEquals(parse("x", "--", "--json").positionals, ["x", "--json"]);
});

Deno.test("parseCommand() refuses unknown flags with a suggestion, all of them at once", () => {
  assertEquals(faults("x", "--lisen", "a:1", "--cuont=2", "--banana", "-z"), [
    "unknown flag --lisen (did you mean --listen?)",
    "unknown flag --cuont (did you mean --count?)",
    "unknown flag --banana",
    "unknown flag -z",
  ]);
});

Deno.test("parseCommand() refuses a flag without its value and numbers out of bounds", () => {
  assertEquals(faults("x", "--listen"), ["--listen wants a value: host:port"]);
  assertEquals(faults("x", "--pair", "--json"), ["--pair wants a value: a=b"]);
  for (const value of ["0", "10", "1.5", "three"]) {
    assertEquals(faults("x", "--count", value), [
      `--count wants a whole number from 1 to 9, not "${value}"`,
    ]);
  }
});

Deno.test("parseCommand() refuses missing and superfluous arguments", () => {
  assertEquals(faults(), ["<first> is missing"]);
  assertEquals(faults("a", "b", "c"), ['unexpected argument "c"']);
});

Deno.test("parseCommand() gives help whatever else is wrong", () => {
  assertEquals(parseCommand(SAMPLE, ["--banana", "--help"]), "help");
  assertEquals(parseCommand(SAMPLE, ["-h"]), "help");
});

for (const command of COMMANDS) {
  Deno.test(`every documented flag of mesh ${command.name} is parsed`, () => {
    const positionals = command.positionals.filter(({ required }) => required).map(() => "x");
    for (const { name, kind, min } of command.flags) {
      const value = kind === "number" ? String(min ?? 0) : "value";
      const words = kind === "boolean" ? [`--${name}`] : [`--${name}`, value];
      const args = parseCommand(command, [...positionals, ...words]);
      assert(args instanceof Arguments);
      if (kind === "text") assertEquals(args.text(name), value, name);
      if (kind === "number") assertEquals(args.number(name), Number(value), name);
      if (kind === "list") assertEquals(args.list(name), [value], name);
      if (kind === "boolean") assertEquals(args.has(name), true, name);
    }
  });

  Deno.test(`the examples of mesh ${command.name} are good usage`, () => {
    for (const example of command.examples) {
      const words = example.split(" | ")[0]!.replaceAll("'", "").split(" ");
      assertEquals(words.slice(0, 2), ["mesh", command.name]);
      assert(parseCommand(command, words.slice(2)) instanceof Arguments, example);
    }
  });
}
