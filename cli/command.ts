/**
 * What a command is: an entry of the table that parsing, help and documentation are made from.
 *
 * @module
 */

/** A flag of a command. */
export interface Flag {
  /** Its name without dashes. */
  readonly name: string;
  /** `boolean` takes no value; `list` may be repeated and gives every value. */
  readonly kind: "text" | "number" | "boolean" | "list";
  /** What its value is, for the help; absent for a boolean. */
  readonly value?: string;
  /** What it does, with unit and default. */
  readonly help: string;
  /** Smallest value of a number, 0 by default. */
  readonly min?: number;
  /** Largest value of a number. */
  readonly max?: number;
}

/** An argument that is not a flag. */
export interface Positional {
  /** Its name, for the help. */
  readonly name: string;
  /** What it is. */
  readonly help: string;
  /** Whether it must be given. */
  readonly required: boolean;
}

/** The arguments of a command, checked. */
export class Arguments {
  readonly #flags: ReadonlyMap<string, string | number | true | readonly string[]>;
  /** What is not a flag, in order. */
  readonly positionals: readonly string[];

  /**
   * @param flags Name of a flag → its value.
   * @param positionals The rest.
   */
  constructor(
    flags: ReadonlyMap<string, string | number | true | readonly string[]>,
    positionals: readonly string[],
  ) {
    this.#flags = flags;
    this.positionals = positionals;
  }

  /** The value of a text flag. */
  text(name: string): string | undefined {
    const value = this.#flags.get(name);
    return typeof value === "string" ? value : undefined;
  }

  /** The value of a number flag. */
  number(name: string): number | undefined {
    const value = this.#flags.get(name);
    return typeof value === "number" ? value : undefined;
  }

  /** The values of a list flag; empty when it was not given. */
  list(name: string): readonly string[] {
    const value = this.#flags.get(name);
    return Array.isArray(value) ? value : [];
  }

  /** Whether a boolean flag was given. */
  has(name: string): boolean {
    return this.#flags.get(name) === true;
  }

  /** Text and list flags by name, as the configuration takes them. */
  values(): Record<string, string | readonly string[]> {
    const values: Record<string, string | readonly string[]> = {};
    for (const [name, value] of this.#flags) {
      if (typeof value !== "number" && value !== true) values[name] = value;
    }
    return values;
  }
}

/** What a command works with besides its arguments. */
export interface Io {
  /** Writes to stdout. Gives `false` when nobody reads it any more. */
  out(text: string | Uint8Array): Promise<boolean>;
  /** Writes a line to stderr. */
  err(line: string): Promise<void>;
  /** The environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The working directory. */
  readonly cwd: string;
}

/** The function that does a command's work; its result is the exit code. */
export type Run = (args: Arguments, io: Io) => Promise<number>;

/** A command. */
export interface Command {
  /** Its name. */
  readonly name: string;
  /** What it does, in one line. */
  readonly summary: string;
  /** More about it, for its help: paragraphs. */
  readonly details?: readonly string[];
  /** Its arguments that are not flags. */
  readonly positionals: readonly Positional[];
  /** Its flags. */
  readonly flags: readonly Flag[];
  /** Uses of it, to be copied. */
  readonly examples: readonly string[];
  /** Loads its code, so that no command waits for the code of another. */
  readonly load: () => Promise<Run>;
}

/** Exit codes of every command. */
export const ExitCode = {
  /** Done. */
  DONE: 0,
  /** Failed while running. */
  FAILED: 1,
  /** Wrong usage or configuration. */
  USAGE: 2,
} as const;

/** A failure of which everything has been said: exit code 1. */
export class ToldError extends Error {
  override name = "ToldError";
}

/** A command line that cannot be understood: exit code 2. */
export class UsageError extends Error {
  override name = "UsageError";
}
