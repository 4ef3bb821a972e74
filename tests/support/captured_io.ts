/**
 * For tests: what a command writes, kept.
 *
 * @module
 */
import type { Io } from "../../cli/command.ts";

/** An {@linkcode Io} that keeps what is written to it. */
export interface CapturedIo extends Io {
  /** What went to stdout. */
  readonly stdout: () => string;
  /** What went to stderr. */
  readonly stderr: () => string;
}

/**
 * Keeps what a command writes.
 *
 * @param options Environment (default: empty) and working directory (default: this process's).
 */
export function capturedIo(options: { env?: Io["env"]; cwd?: string } = {}): CapturedIo {
  let stdout = "", stderr = "";
  return {
    out: (text) => {
      stdout += typeof text === "string" ? text : new TextDecoder().decode(text);
      return Promise.resolve(true);
    },
    err: (line) => {
      stderr += `${line}\n`;
      return Promise.resolve();
    },
    env: options.env ?? {},
    cwd: options.cwd ?? Deno.cwd(),
    stdout: () => stdout,
    stderr: () => stderr,
  };
}
