/**
 * A service's module: what it exports and how it wants to be run.
 *
 * @module
 */
import type { Context, ServiceOptions } from "../client/types.ts";
import { MeshError } from "../errors.ts";
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
  return {
    name: options.name ?? serviceNameOf(path),
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

function checkOptions(path: string, value: unknown): ServiceOptions {
  if (value === undefined || typeof value === "function") return {};
  if (value === null || typeof value !== "object") {
    throw wrong(path, `its export "service" is ${String(value)}; it must be ServiceOptions`);
  }
  const options = value as Record<string, unknown>;
  const { name, concurrency } = options;
  if (name !== undefined && (typeof name !== "string" || !/^[^\s]+$/.test(name))) {
    throw wrong(path, `service.name is ${JSON.stringify(name)}; it must be a word`);
  }
  if (
    concurrency !== undefined &&
    (typeof concurrency !== "number" || !(concurrency >= 1) ||
      (concurrency !== Infinity && !Number.isInteger(concurrency)))
  ) {
    throw wrong(path, `service.concurrency is ${String(concurrency)}; it must be 1 or more`);
  }
  return options as ServiceOptions;
}

function idempotentNames(
  path: string,
  idempotent: ServiceOptions["idempotent"],
  handlers: ReadonlyMap<string, Handler>,
): ReadonlySet<string> {
  if (idempotent === undefined || idempotent === false) return new Set();
  if (idempotent === true) return new Set(handlers.keys());
  if (!Array.isArray(idempotent)) {
    throw wrong(path, "service.idempotent must be true or a list of handlers' names");
  }
  for (const name of idempotent) {
    if (!handlers.has(name)) {
      throw wrong(path, `service.idempotent names ${JSON.stringify(name)}, which is no handler`);
    }
  }
  return new Set(idempotent);
}

function isClass(value: object): boolean {
  return /^class\b/.test(Function.prototype.toString.call(value));
}

function wrong(path: string, why: string): MeshError {
  return new MeshError("INVALID_ARGUMENT", `${path} is not a service: ${why}`, { started: false });
}
