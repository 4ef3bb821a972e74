/**
 * Lays flags and environment over the contents of a configuration file: flags > environment > file.
 *
 * @module
 */
import { type FlagValues, type Setting, SETTINGS } from "./settings.ts";

/** The contents of a file, not checked yet. */
export type Raw = Record<string, unknown>;

/** Settings put together from everywhere, not checked yet. */
export interface Merged {
  /** The settings, in the shape of the file. */
  readonly raw: Raw;
  /** Path of a setting → the flag (`--listen`) or variable (`MESH_LISTEN`) it came from. */
  readonly sources: ReadonlyMap<string, string>;
}

/**
 * Merges the three sources. Nothing is checked: a text that should be a number stays a text, for the
 * schema to refuse.
 *
 * @param file Contents of the file; `{}` without one.
 * @param env The environment.
 * @param flags The flags.
 * @returns The merged settings (a copy) and where they came from.
 */
export function merge(
  file: Raw,
  env: Readonly<Record<string, string | undefined>>,
  flags: FlagValues,
): Merged {
  const raw = structuredClone(file);
  const sources = new Map<string, string>();
  // Last those whose place depends on the roles that the others give.
  const settings = SETTINGS.toSorted((a, b) =>
    Number(a.onlyName !== undefined) - Number(b.onlyName !== undefined)
  );
  for (const setting of settings) {
    const flag = setting.flag === undefined ? undefined : flags[setting.flag];
    if (flag !== undefined) put(setting, flag, `--${setting.flag}`);
    // A variable that is empty is the shell's way to say that it is not set. Of a secret it more likely says that
    // the secret was not found, and nobody must be let in for that.
    else if (env[setting.env] || setting.emptyCounts) {
      const value = env[setting.env];
      if (value !== undefined) put(setting, value, setting.env);
    }
  }
  return { raw, sources };

  function put(setting: Setting, given: string | readonly string[], source: string): void {
    const value = read(setting.kind, given);
    const { onlyName } = setting;
    const paths = onlyName !== undefined && hasOnlyName(raw, file) ? [onlyName] : setting.paths;
    for (const path of paths) {
      const [section = "", key] = path.split(".", 2);
      if (key === undefined) {
        raw[section] = value;
      } else {
        const parent = raw[section] ??= {};
        // A section that is no object is a fault of the file, and reported as such.
        if (!isObject(parent)) continue;
        parent[key] = value;
        if (path === "link.secret") delete parent["secretFile"];
      }
      sources.set(path, source);
    }
  }
}

/** Whether the role `name` is the only one, as `rolesOf()` will find. */
function hasOnlyName(raw: Raw, file: Raw): boolean {
  if (raw["roles"] !== undefined) {
    const roles = [raw["roles"]].flat();
    return roles.length > 0 && roles.every((role) => role === "name");
  }
  const isSet = (section: string, key: string) => {
    const value = raw[section];
    return file[section] !== undefined || (isObject(value) && value[key] !== undefined);
  };
  return file["nameServer"] !== undefined && !isSet("web", "site") && !isSet("exec", "services");
}

/** An item of a list: up to a comma, but the endpoints of `etcd://a:1,b:2/prefix` are of one address. */
const LIST_ITEM = /\s*etcd:\/\/[^/]*\/[^,]*|[^,]+/g;

function read(kind: Setting["kind"], given: string | readonly string[]): unknown {
  if (kind === "list") {
    return [given].flat().flatMap((text) => text.match(LIST_ITEM) ?? []).map((item) => item.trim())
      .filter((item) => item !== "");
  }
  const text = typeof given === "string" ? given : given.at(-1) ?? "";
  return kind === "number" && /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

/** Whether a value is what JSON calls an object. */
export function isObject(value: unknown): value is Raw {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
