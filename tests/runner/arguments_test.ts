import { assertEquals, assertStringIncludes } from "@std/assert";
import { readArguments, testHelp } from "./arguments.ts";

const runnable = {
  suites: ["style", "rust", "unit", "system"],
  files: ["tests/system/calls_test.ts", "tests/system/sites_test.ts", "wire/frame_test.ts"],
};

Deno.test("suites, test files and folders with tests can be run, alone or together", () => {
  const cases: [string[], string[]][] = [
    [[], []],
    [["unit"], ["unit"]],
    [["unit", "wire"], ["unit", "wire"]],
    [["./wire/"], ["wire"]],
    [["tests/system"], ["tests/system"]],
    [["wire/frame_test.ts", "rust"], ["wire/frame_test.ts", "rust"]],
    [["--", "unit"], ["unit"]],
  ];
  for (const [words, names] of cases) {
    assertEquals(readArguments(words, runnable), { kind: "run", names }, words.join(" "));
  }
});

Deno.test("help is given wherever it is asked for, and names the suites", () => {
  for (const words of [["--help"], ["-h"], ["unit", "--help"], ["nosuch", "-h"]]) {
    assertEquals(readArguments(words, runnable), { kind: "help" });
  }
  assertStringIncludes(testHelp(runnable), "Suites: style, rust, unit, system");
});

Deno.test("what is unknown is refused, all at once, with what may have been meant", () => {
  const wrong = (...words: string[]) => {
    const asked = readArguments(words, runnable);
    return asked.kind === "wrong" ? asked.faults : [];
  };
  assertEquals(wrong("--hlep"), ["unknown flag --hlep (did you mean --help?)"]);
  assertEquals(wrong("--filter", "unti"), [
    "unknown flag --filter",
    '"unti" is neither a suite nor a path with tests (did you mean unit?)',
  ]);
  assertStringIncludes(wrong("wire/frame.ts")[0]!, "did you mean wire/frame_test.ts?");
  for (
    const word of [
      "",
      ".",
      "./",
      "/",
      "..",
      "../wire",
      "-",
      "tests/sys",
      "wire/frame_test.tsx",
      "*",
    ]
  ) {
    assertEquals(wrong(word).length, 1, word);
  }
  assertEquals(wrong("--", "--help").length, 1);
});
