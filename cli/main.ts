/**
 * From the words of a command line to an exit code.
 *
 * @module
 */
import { ConfigError } from "../config/fault.ts";
import { didYouMean } from "../config/suggest.ts";
import { LOG_FLUSH_MS } from "../limits.ts";
import { type Command, ExitCode, type Io, ToldError, UsageError } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { commandHelp, programHelp } from "./help.ts";
import { writeAll, writeWithin } from "./output.ts";
import { parseCommand } from "./parse.ts";
import { versionLine } from "./version.ts";

/** Standard input and output, environment and working directory of this process. */
export function processIo(): Io {
  return {
    out: (text) => writeAll(Deno.stdout, text),
    err: (line) => writeWithin(LOG_FLUSH_MS, Deno.stderr, `${line}\n`),
    env: Deno.env.toObject(),
    cwd: Deno.cwd(),
  };
}

/**
 * Runs `mesh` with a command line.
 *
 * @param words The command line without the program's name.
 * @param io Where to write, environment and working directory. Default: this process's.
 * @returns The exit code: 0 done, 1 failed while running, 2 wrong usage or configuration.
 */
export async function main(words: readonly string[], io: Io = processIo()): Promise<number> {
  let about = "";
  try {
    const [first, ...rest] = words;
    if (first === undefined) {
      await io.err(programHelp(COMMANDS));
      return ExitCode.USAGE;
    }
    if (first === "--version" || first === "-V") {
      await io.out(`${versionLine()}\n`);
      return ExitCode.DONE;
    }
    if (first === "--help" || first === "-h" || first === "help") {
      const name = rest.find((word) => !word.startsWith("-"));
      await io.out(name === undefined ? programHelp(COMMANDS) : commandHelp(find(name)));
      return ExitCode.DONE;
    }
    const command = find(first);
    about = ` ${command.name}`;
    const args = parseCommand(command, rest);
    if (args === "help") {
      await io.out(commandHelp(command));
      return ExitCode.DONE;
    }
    const run = await command.load();
    return await run(args, io);
  } catch (error) {
    if (error instanceof UsageError) {
      for (const line of error.message.split("\n")) await io.err(`mesh${about}: ${line}`);
      await io.err(`mesh help${about} tells what there is.`);
      return ExitCode.USAGE;
    }
    if (error instanceof ConfigError) {
      await io.err(`mesh${about}: ${error.message}`);
      return ExitCode.USAGE;
    }
    if (!(error instanceof ToldError)) await io.err(`mesh${about}: ${describe(error)}`);
    return ExitCode.FAILED;
  }
}

function find(name: string): Command {
  const command = COMMANDS.find((command) => command.name === name);
  if (command !== undefined) return command;
  const kind = name.startsWith("-") ? "flag" : "command";
  const names = COMMANDS.map(({ name }) => name);
  throw new UsageError(`unknown ${kind} ${name}${didYouMean(name, [...names, "help"])}`);
}

/** An error for people: its message; of a fault in mesh itself, where it was. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isBug = error instanceof TypeError || error instanceof ReferenceError ||
    error instanceof RangeError;
  return isBug ? error.stack ?? error.message : error.message;
}
