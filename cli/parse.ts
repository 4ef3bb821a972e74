/**
 * From the words of a command line to checked arguments.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { didYouMean } from "../config/suggest.ts";
import { Arguments, type Command, type Flag, UsageError } from "./command.ts";

/** Flags that every command has. */
export const COMMON_FLAGS: readonly Flag[] = [
  { name: "help", kind: "boolean", help: "Show this help." },
];

/**
 * Parses a command's arguments.
 *
 * @param command The command.
 * @param words The words after the command's name.
 * @returns The arguments; `"help"` when they ask for help, whatever else they say.
 * @throws {UsageError} With everything that is wrong, a line each.
 */
export function parseCommand(command: Command, words: readonly string[]): Arguments | "help" {
  const flags = [...command.flags, ...COMMON_FLAGS];
  const named = (...kinds: Flag["kind"][]) =>
    flags.filter(({ kind }) => kinds.includes(kind)).map(({ name }) => name);
  const faults: string[] = [];
  const parsed = parseArgs(words, {
    string: ["_", ...named("text", "number", "list")],
    boolean: named("boolean"),
    collect: named("list"),
    alias: { help: "h" },
    unknown: (word, key) => {
      if (key === undefined) return true;
      const names = flags.map(({ name }) => name);
      faults.push(`unknown flag ${word.split("=")[0]}${didYouMean(key, names, "--")}`);
      return false;
    },
  });
  if (parsed["help"] === true) return "help";

  const values = new Map<string, string | number | true | readonly string[]>();
  for (const flag of flags) {
    const value = parsed[flag.name];
    if (value === undefined || value === false || Array.isArray(value) && value.length === 0) {
      continue;
    }
    if ([value].flat().includes("")) {
      faults.push(`--${flag.name} wants a value: ${flag.value}`);
    } else if (flag.kind === "number") {
      const number = Number(value);
      const [min, max] = [flag.min ?? 0, flag.max ?? Number.MAX_SAFE_INTEGER];
      if (Number.isInteger(number) && number >= min && number <= max) {
        values.set(flag.name, number);
      } else {
        faults.push(
          `--${flag.name} wants a whole number from ${min} to ${max}, not ${JSON.stringify(value)}`,
        );
      }
    } else values.set(flag.name, value as string | true | readonly string[]);
  }

  const positionals = parsed._.map(String);
  for (const [i, { name, required }] of command.positionals.entries()) {
    if (required && i >= positionals.length) faults.push(`<${name}> is missing`);
  }
  for (const word of positionals.slice(command.positionals.length)) {
    faults.push(`unexpected argument ${JSON.stringify(word)}`);
  }
  if (faults.length > 0) throw new UsageError(faults.join("\n"));
  return new Arguments(values, positionals);
}
