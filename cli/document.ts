/**
 * `docs/command_line.md`, made from the table of commands.
 *
 * Written by `deno task docs`; a test compares the file.
 *
 * @module
 */
import { writeFormatted } from "../config/publish.ts";
import type { Command } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { flagUsage, usage } from "./help.ts";
import { COMMON_FLAGS } from "./parse.ts";

/** Where the document is. */
export const DOCUMENT = new URL("../docs/command_line.md", import.meta.url);

const INTRO = `# Command line

<!-- Made by cli/document.ts; change cli/commands.ts or config/settings.ts instead. -->

In a checkout the program is \`./mesh\`; \`mesh\` below stands for it and for the compiled executable.

\`mesh help\` lists the commands, \`mesh help <command>\` tells more about one, \`mesh --version\` the version.
What a command gives goes to stdout, everything else to stderr.

| Exit code | Meaning |
| --- | --- |
| 0 | done |
| 1 | failed while running |
| 2 | wrong usage or configuration |
`;

/** The whole document, as Markdown. */
export function commandLineDocument(): string {
  return [INTRO, ...COMMANDS.map(section)].join("\n");
}

function section(command: Command): string {
  const { name, summary, details = [], positionals, flags, examples } = command;
  const parts = [
    `## mesh ${name}`,
    summary,
    ["```sh", usage(command), "```"].join("\n"),
    ...details,
  ];
  if (positionals.length > 0) {
    parts.push(table("Argument", positionals.map(({ name, help }) => [`<${name}>`, help])));
  }
  parts.push(
    table("Flag", [...flags, ...COMMON_FLAGS].map((flag) => [flagUsage(flag), flag.help])),
  );
  parts.push(examples.length === 1 ? "Example:" : "Examples:");
  parts.push(["```sh", ...examples, "```"].join("\n"), "");
  return parts.join("\n\n");
}

function table(title: string, rows: [string, string][]): string {
  const cell = (text: string) => text.replaceAll("|", "\\|");
  return [
    `| ${title} | Meaning |`,
    "| --- | --- |",
    ...rows.map(([left, right]) => `| \`${cell(left)}\` | ${cell(right)} |`),
  ].join("\n");
}

if (import.meta.main) await writeFormatted(DOCUMENT, commandLineDocument());
