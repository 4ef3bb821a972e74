import { assert, assertEquals } from "@std/assert";
import type { Log } from "../client/types.ts";
import { consoleMethods } from "./console_log.ts";

type Line = [string, string];

function captured(now?: () => number) {
  const lines: Line[] = [];
  const to = (level: string) => (message: string) => void lines.push([level, message]);
  const log: Log = { debug: to("debug"), info: to("info"), warn: to("warn"), error: to("error") };
  return { lines, console: consoleMethods(log, now) };
}

const circular: Record<string, unknown> = {};
circular.self = circular;

Deno.test("every method of console writes its lines to the log", () => {
  const cases: readonly [string, unknown[], Line[]][] = [
    ["debug", ["a"], [["debug", "a"]]],
    ["log", ["a", 1, null, undefined, true], [["info", "a 1 null undefined true"]]],
    ["log", [], [["info", ""]]],
    ["log", [{ a: [1, { "b c": "d" }], e: {} }], [["info", '{ a: [ 1, { "b c": "d" } ], e: {} }']]],
    ["log", ["%s is %d of %i %f %j%% %o %x", "x", "2", 3.7, 1.5, { a: 1 }, [], "rest"], [[
      "info",
      "x is 2 of 3 1.5 { a: 1 }% [] %x rest",
    ]]],
    ["log", ["%s"], [["info", "%s"]]],
    ["log", ["%d %c", {}, "color: red"], [["info", "NaN "]]],
    ["log", [circular], [["info", '{ self: "[circular]" }']]],
    ["info", [5n, Symbol("s")], [["info", "5 Symbol(s)"]]],
    ["warn", ["w"], [["warn", "w"]]],
    ["error", ["e"], [["error", "e"]]],
    ["dir", [{ x: 1 }, { depth: 1 }], [["info", "{ x: 1 }"]]],
    ["dirxml", ["x"], [["info", "x"]]],
    ["table", [[[1, 2]]], [["info", "[ [ 1, 2 ] ]"]]],
    ["trace", ["t"], [["info", "t"]]],
    ["assert", [true, "no"], []],
    ["assert", [false], [["error", "Assertion failed"]]],
    ["assert", [0, "why", 1], [["error", "Assertion failed: why 1"]]],
    ["count", [], [["info", "default: 1"]]],
    ["countReset", [], []],
    ["timeLog", ["t"], [["warn", 'timer "t" does not exist']]],
    ["timeEnd", ["t"], [["warn", 'timer "t" does not exist']]],
    ["clear", [], []],
    ["groupEnd", [], []],
  ];
  for (const [method, values, expected] of cases) {
    const { lines, console } = captured();
    console[method]!(...values);
    assertEquals(lines, expected, method);
  }
});

Deno.test("console counts, takes times and indents groups", () => {
  let ms = 0;
  const { lines, console } = captured(() => ms);
  for (const label of ["a", "a", {}, "a"]) console.count!(label);
  console.countReset!("a");
  console.count!("a");
  console.time!("t");
  console.time!("t");
  ms = 1.5;
  console.timeLog!("t", "more", 1);
  console.timeEnd!("t");
  console.group!("g");
  console.groupCollapsed!();
  console.log!("in");
  console.groupEnd!();
  console.groupEnd!();
  console.log!("out");
  assertEquals(lines.map(([, message]) => message), [
    "a: 1",
    "a: 2",
    "{}: 1",
    "a: 3",
    "a: 1",
    'timer "t" already exists',
    "t: 1.500 ms more 1",
    "t: 1.500 ms",
    "g",
    "    in",
    "out",
  ]);
});

Deno.test("no method of console throws, grows without end, or runs what it is given", () => {
  const { lines, console } = captured();
  const hostile = new Proxy({}, {
    get() {
      throw new Error("trap");
    },
  });
  const thrower = {
    toString() {
      throw new Error("toString");
    },
    get a(): never {
      throw new Error("getter");
    },
  };
  for (const method of Object.values(console)) {
    for (const value of [hostile, thrower, Object.create(null), circular, Symbol(), 1n]) {
      method(value, value);
      method("%s %d %i %f %o %O %j %c", value, value, value, value, value, value, value, value);
    }
  }
  for (let i = 0; i < 100; i++) console.group!();
  console.log!("x".repeat(1_000_000), ..."y".repeat(100_000));
  for (const [, message] of lines) assert(message.length < 70_000, String(message.length));
  for (let i = 0; i < 5_000; i++) {
    console.count!(`label ${i}`);
    console.time!(`label ${i}`);
  }
  console.count!("label 4999");
  assertEquals(lines.at(-1)?.[1].trim(), "label 4999: 1", "labels beyond the bound are forgotten");
});
