/**
 * Help texts, made from the table of commands.
 *
 * @module
 */
import type { Command, Flag } from "./command.ts";
import { COMMON_FLAGS } from "./parse.ts";

const WIDTH = 96;

/** The help of the program. */
export function programHelp(commands: readonly Command[]): string {
  return [
    "mesh: a runtime for web sites whose pages are put together from many services",
    "",
    "Usage: mesh <command> [flags]",
    "",
    "Commands:",
    ...columns(commands.map(({ name, summary }) => [name, summary])),
    "",
    "mesh help <command> (or mesh <command> --help) tells more about a command,",
    "mesh --version the version. Exit codes: 0 done, 1 failed, 2 wrong usage or configuration.",
    "",
  ].join("\n");
}

/** The help of one command. */
export function commandHelp(command: Command): string {
  const lines = [`mesh ${command.name}: ${command.summary}`, "", `Usage: ${usage(command)}`];
  for (const paragraph of command.details ?? []) lines.push("", ...wrap(paragraph, WIDTH));
  if (command.positionals.length > 0) {
    lines.push("", "Arguments:");
    lines.push(...columns(command.positionals.map(({ name, help }) => [`<${name}>`, help])));
  }
  lines.push("", "Flags:");
  lines.push(
    ...columns([...command.flags, ...COMMON_FLAGS].map((flag) => [flagUsage(flag), flag.help])),
  );
  lines.push("", command.examples.length === 1 ? "Example:" : "Examples:");
  lines.push(...command.examples.map((example) => `  ${example}`), "");
  return lines.join("\n");
}

/** A command's usage, in one line. */
export function usage({ name, positionals }: Command): string {
  const words = positionals.map((positional) =>
    positional.required ? `<${positional.name}>` : `[${positional.name}]`
  );
  return ["mesh", name, ...words, "[flags]"].join(" ");
}

/** A flag with its value: `--listen <host:port>`. */
export function flagUsage({ name, value }: Flag): string {
  return value === undefined ? `--${name}` : `--${name} <${value}>`;
}

function columns(rows: [string, string][]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.flatMap(([left, right]) =>
    wrap(right, WIDTH - width - 4).map((line, i) =>
      `  ${(i === 0 ? left : "").padEnd(width)}  ${line}`
    )
  );
}

function wrap(text: string, width: number): string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1) ?? "";
    if (line === "") lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}
