/**
 * What is wrong with a configuration: all of it at once, each fault with its path, what was seen and
 * what is allowed.
 *
 * @module
 */
import { SETTING_SHOWN_MAX_CHARS } from "../limits.ts";

/** One fault. */
export interface Fault {
  /** Where: the setting's path, e.g. `web.listen` or `link.connect[1]`. */
  readonly path: string;
  /** The flag or environment variable the value came from; absent: the file, or nowhere. */
  readonly source?: string;
  /** What was seen there. */
  readonly seen: string;
  /** What is allowed, or what to do. */
  readonly allowed: string;
}

/** A configuration that cannot be used: wrong usage, exit code 2. */
export class ConfigError extends Error {
  override name = "ConfigError";
  /** At least one. */
  readonly faults: readonly Fault[];
  /** The configuration file, as it was named; `undefined` when there was none. */
  readonly file: string | undefined;

  /**
   * @param faults What is wrong, at least one fault.
   * @param file The configuration file, as the user named it.
   */
  constructor(faults: readonly Fault[], file?: string) {
    const count = faults.length === 1 ? "1 fault" : `${faults.length} faults`;
    const where = file === undefined ? "" : ` (${file})`;
    super([`${count} in the configuration${where}:`, ...faults.map(formatFault)].join("\n  "));
    this.faults = faults;
    this.file = file;
  }
}

function formatFault({ path, source, seen, allowed }: Fault): string {
  return `${path}${source === undefined ? "" : ` (${source})`}: saw ${seen}; allowed: ${allowed}`;
}

/** A value as a fault shows it: short, on one line, and never a secret. */
export function showValue(value: unknown, path = ""): string {
  if (value === undefined) return "nothing";
  if (path === "link.secret") return "a hidden value";
  const json = JSON.stringify(value);
  return json.length <= SETTING_SHOWN_MAX_CHARS
    ? json
    : `${json.slice(0, SETTING_SHOWN_MAX_CHARS - 1)}…`;
}

/** A path as people write it: `["link", "connect", 1]` → `link.connect[1]`. */
export function showPath(path: readonly PropertyKey[]): string {
  let text = "";
  for (const part of path) {
    if (typeof part === "number") text += `[${part}]`;
    else if (/^[\w-]+$/.test(String(part))) text += text === "" ? String(part) : `.${String(part)}`;
    else text += `[${JSON.stringify(String(part))}]`;
  }
  return text;
}
