/**
 * How this program starts itself once more.
 *
 * @module
 */
import { fromFileUrl } from "@std/path";
import { PROXY_V8_FLAGS, unlessOverridden } from "../supervisor/v8_flags.ts";

/** A command and its arguments. */
export interface Invocation {
  /** The executable. */
  readonly command: string;
  /** Its arguments. */
  readonly args: readonly string[];
}

/**
 * The way to run `mesh` with other arguments: the compiled executable itself, or Deno with `main.ts` of
 * this checkout.
 *
 * @param words The command line without the program's name.
 */
export function meshInvocation(words: readonly string[]): Invocation {
  const command = Deno.execPath();
  if (Deno.build.standalone) return { command, args: words };
  const root = fromFileUrl(new URL("..", import.meta.url));
  const options = [
    "-A",
    "--no-prompt",
    "--unstable-net",
    ...unlessOverridden(PROXY_V8_FLAGS),
    "--config",
    `${root}deno.json`,
  ];
  return { command, args: ["run", ...options, `${root}main.ts`, ...words] };
}
