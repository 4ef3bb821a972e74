import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { COMMANDS } from "./commands.ts";
import { commandHelp, programHelp } from "./help.ts";

Deno.test("programHelp() lists every command with its summary", () => {
  const help = programHelp(COMMANDS);
  for (const { name, summary } of COMMANDS) {
    assertStringIncludes(help, `\n  ${name} `);
    assertStringIncludes(help, summary);
  }
});

for (const command of COMMANDS) {
  Deno.test(`the help of mesh ${command.name} tells usage, every flag and an example`, () => {
    const help = commandHelp(command);
    assertStringIncludes(help, `Usage: mesh ${command.name}`);
    for (const { name } of command.flags) assertStringIncludes(help, `\n  --${name} `);
    for (const { name } of command.positionals) assertStringIncludes(help, `\n  <${name}> `);
    for (const example of command.examples) assertStringIncludes(help, `\n  ${example}\n`);
  });

  Deno.test(`the help of mesh ${command.name} fits a terminal of 100 columns`, () => {
    const long = commandHelp(command).split("\n").filter((line) => line.length > 100);
    assertEquals(long, []);
  });
}

Deno.test("the help aligns what it says about flags", () => {
  const status = COMMANDS.find(({ name }) => name === "status")!;
  const starts = commandHelp(status).split("\n").filter((line) => line.startsWith("  --"))
    .map((line) => /^ {2}\S+(?: <[^>]+>)? +/.exec(line)![0].length);
  assert(starts.length > 3);
  assertEquals(new Set(starts).size, 1);
});
