/**
 * A service's module: what it exports and how it wants to be run.
 *
 * @module
 */
import type { Context, ServiceOptions } from "../client/types.ts";
import { isObject, type OptionKinds, readOptions, refused, seen } from "../boundary/options.ts";
import { textOf } from "../boundary/text.ts";
import type { MeshError } from "../errors.ts";
import { SERVICE_NAME_MAX_BYTES, TARGET_MAX_BYTES } from "../limits.ts";
import { utf8Bytes } from "../wire/utf8.ts";
import type { ServiceInfo } from "../wire/server_info.ts";

/** A handler as the executor calls it. */
export type Handler = (input: unknown, context: Context) => unknown;

/** A loaded service. */
export interface Service {
  /** Its name. */
  readonly name: string;
  /** Its handlers by name. */
  readonly handlers: ReadonlyMap<string, Handler>;
  /** Names of the handlers that may be repeated. */
  readonly idempotent: ReadonlySet<string>;
  /** Most calls that one process works on at once; `Infinity`: no bound. */
  readonly concurrency: number;
}

/** The name of a service whose module does not say: the file's name up to the first dot. */
export function serviceNameOf(path: string): string {
  const file = path.slice(path.lastIndexOf("/") + 1);
  const dot = file.indexOf(".");
  return dot > 0 ? file.slice(0, dot) : file;
}

/**
 * Reads a module's exports.
 *
 * @param path Where it was loaded from, for its name and for messages.
 * @param exports The module's namespace.
 * @throws {MeshError} `INVALID_ARGUMENT` when it has no handler or its `service` export is wrong.
 */
export function readServiceModule(path: string, exports: Record<string, unknown>): Service {
  const options = checkOptions(path, exports.service);
  const handlers = new Map<string, Handler>();
  for (const [name, value] of Object.entries(exports)) {
    if (name !== "default" && typeof value === "function" && !isClass(value)) {
      handlers.set(name, value as Handler);
    }
  }
  if (handlers.size === 0) {
    throw wrong(path, "it exports no function; every exported function is a handler");
  }
  const name = options.name ?? serviceNameOf(path);
  checkTargets(path, name, handlers.keys());
  return {
    name,
    handlers,
    idempotent: idempotentNames(path, options.idempotent, handlers),
    concurrency: options.concurrency ?? Infinity,
  };
}

/** What the proxy and other servers need to know of a service. */
export function offerOf(service: Service): ServiceInfo {
  return {
    name: service.name,
    handlers: [...service.handlers.keys()].map((name) => ({
      name,
      idempotent: service.idempotent.has(name),
    })),
    ...(service.concurrency === Infinity ? {} : { concurrency: service.concurrency }),
  };
}

const OPTIONS: OptionKinds = {
  name: {
    allowed: `a word of at most ${SERVICE_NAME_MAX_BYTES} bytes`,
    accepts: (name) =>
      typeof name === "string" && /^[^\s\p{Cc}\p{Cs}]+$/u.test(name) &&
      utf8Bytes(name) <= SERVICE_NAME_MAX_BYTES,
  },
  idempotent: {
    allowed: "true, false or a list of handlers' names",
    accepts: (value) => typeof value === "boolean" || isListOfTexts(value),
  },
  concurrency: {
    allowed: "a whole number, 1 or more, or Infinity",
    accepts: (value) =>
      value === Infinity ||
      (typeof value === "number" && Number.isSafeInteger(value) && value >= 1),
  },
};

/** A handler may be called `service`: a function is no options. */
function checkOptions(path: string, value: unknown): ServiceOptions {
  if (value === undefined || typeof value === "function") return {};
  if (!isObject(value)) {
    throw wrong(
      path,
      `its export "service" is ${seen(value)}; it must be ServiceOptions, an object`,
    );
  }
  return readOptions(`${notService(path)}service.`, value, OPTIONS, "ignored") as ServiceOptions;
}

function isListOfTexts(value: unknown): boolean {
  try {
    return Array.isArray(value) && [...value].every((item) => typeof item === "string");
  } catch {
    return false;
  }
}

function idempotentNames(
  path: string,
  idempotent: ServiceOptions["idempotent"],
  handlers: ReadonlyMap<string, Handler>,
): ReadonlySet<string> {
  if (idempotent === undefined || idempotent === false) return new Set();
  if (idempotent === true) return new Set(handlers.keys());
  const names = listOf(path, idempotent);
  for (const name of names) {
    if (!handlers.has(name)) {
      throw wrong(path, `service.idempotent names ${seen(name)}, which is no handler`);
    }
  }
  return new Set(names);
}

function listOf(path: string, names: Iterable<string>): string[] {
  try {
    return [...names];
  } catch (error) {
    throw wrong(path, `service.idempotent cannot be read: ${textOf(error)}`);
  }
}

/** A handler whose target does not fit into a request could never be called. */
function checkTargets(path: string, service: string, handlers: Iterable<string>): void {
  for (const handler of handlers) {
    const bytes = utf8Bytes(`${service}.${handler}`);
    if (bytes > TARGET_MAX_BYTES) {
      throw wrong(
        path,
        `service and handler ${
          seen(`${service}.${handler}`)
        } have ${bytes} bytes in their names; ` +
          `${TARGET_MAX_BYTES} are allowed`,
      );
    }
  }
}

function isClass(value: object): boolean {
  return /^class\b/.test(Function.prototype.toString.call(value));
}

function wrong(path: string, why: string): MeshError {
  return refused(notService(path) + why);
}

function notService(path: string): string {
  return `${path} is not a service: `;
}
