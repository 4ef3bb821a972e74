/**
 * The options of `startMesh()`: read once and checked, before anything is made or started.
 *
 * @module
 */
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { isPath, milliseconds, whole } from "../boundary/option_kinds.ts";
import {
  isObject,
  type OptionKind,
  type OptionKinds,
  readOptions,
  refuse,
  refused,
} from "../boundary/options.ts";
import { textOf } from "../boundary/text.ts";
import { EXEC_SERVERS_MAX, SLOTS_MAX, SPACE_MAX_BYTES, SPACE_MIN_BYTES } from "../limits.ts";

/** The options, checked. */
export interface CheckedMeshOptions {
  /** Absolute paths. */
  readonly services: readonly string[];
  /** Absolute path. */
  readonly site?: string;
  readonly processes?: number;
  readonly webProcesses?: number;
  readonly execServers?: number;
  readonly slots?: number;
  readonly spaceBytes?: number;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly startMs?: number;
}

const MODULE = "a path or a file: URL";

const OPTIONS = {
  services: {
    allowed: `${MODULE} of services, or a list of such with at least one`,
    accepts: (value) =>
      safely(() => {
        const list = Array.isArray(value) ? [...value] : [value];
        return list.length > 0 && list.every((item) => pathOf(item) !== undefined);
      }),
  },
  site: { allowed: MODULE, accepts: (value) => pathOf(value) !== undefined },
  processes: whole(1, SLOTS_MAX - 1),
  webProcesses: whole(1, SLOTS_MAX - 1),
  execServers: whole(0, EXEC_SERVERS_MAX),
  slots: whole(1, SLOTS_MAX),
  spaceBytes: {
    allowed: `a power of two from ${SPACE_MIN_BYTES} to ${SPACE_MAX_BYTES}`,
    accepts: (value) =>
      typeof value === "number" && value >= SPACE_MIN_BYTES && value <= SPACE_MAX_BYTES &&
      Number.isInteger(Math.log2(value)),
  },
  config: { allowed: "an object of settings, as in mesh.json", accepts: isObject },
  env: variables(),
  startMs: milliseconds(1),
} satisfies OptionKinds;

/**
 * Checks the options.
 *
 * @param value What was passed.
 * @throws {MeshError} `INVALID_ARGUMENT`, naming option, what was seen and what is allowed.
 */
export function checkedMeshOptions(value: unknown): CheckedMeshOptions {
  const { services, site, config, env, ...rest } = readOptions("startMesh", value, OPTIONS);
  if (services === undefined) {
    refuse("startMesh: services", services, OPTIONS.services.allowed);
  }
  const sitePath = pathOf(site);
  return {
    ...rest,
    services: [services].flat().flatMap((module) => pathOf(module) ?? []),
    ...(sitePath === undefined ? {} : { site: sitePath }),
    ...(config === undefined ? {} : { config: plainConfig(config) }),
    ...(env === undefined ? {} : { env: { ...env as Record<string, string> } }),
  };
}

/** What the servers will read of it: a copy, so that no getter is asked again. */
function plainConfig(config: unknown): Record<string, unknown> {
  try {
    return JSON.parse(JSON.stringify(config));
  } catch (error) {
    throw refused(`startMesh: config is no JSON: ${textOf(error)}`);
  }
}

/** The absolute path of a module; `undefined` for what names none. */
function pathOf(module: unknown): string | undefined {
  let path: string | undefined;
  safely(() => {
    const text = module instanceof URL ? module.href : module;
    if (!isPath(text)) return false;
    path = text.startsWith("file:")
      ? fileURLToPath(text)
      : module instanceof URL
      ? undefined
      : resolve(text);
    return true;
  });
  return path;
}

function variables(): OptionKind {
  return {
    allowed: "an object of texts by name of variable",
    accepts: (value) =>
      isObject(value) &&
      safely(() =>
        Object.entries(value).every(([name, text]) =>
          /^[^=\0]+$/.test(name) && typeof text === "string" && !text.includes("\0")
        )
      ),
  };
}

/** A look at a value of user code, whose traps may throw: `false` then. */
function safely(look: () => boolean): boolean {
  try {
    return look();
  } catch {
    return false;
  }
}
