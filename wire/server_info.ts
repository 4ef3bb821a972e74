/**
 * What servers tell each other about themselves, and its JSON, checked by hand: it comes from the wire.
 *
 * @module
 */
import { type RandomBytes, secureBytes } from "./random_bytes.ts";
import {
  HELLO_NAME_MAX_CHARS,
  HELLO_NAMES_MAX,
  OFFERED_HANDLERS_MAX,
  OFFERED_SERVICES_MAX,
  SERVER_NAME_MAX_BYTES,
  TARGET_MAX_BYTES,
} from "../limits.ts";
import { reached } from "../limits/reached.ts";
import { utf8Bytes } from "./utf8.ts";

/** One handler of a service. */
export interface HandlerInfo {
  /** Name of the exported function. */
  readonly name: string;
  /** It may be repeated on another server even after it may have started. */
  readonly idempotent: boolean;
  /** It is known to answer with a stream. Absent: not known. */
  readonly stream?: boolean;
}

/** One service that a server offers. */
export interface ServiceInfo {
  /** Name of the service. */
  readonly name: string;
  /** Its handlers. */
  readonly handlers: readonly HandlerInfo[];
  /** Most calls that one process works on at once. Absent: no bound. */
  readonly concurrency?: number;
}

/** Who a server is: fixed as long as it runs. */
export interface ServerIdentity {
  /** Name of the server, 1 to 128 bytes of UTF-8. */
  readonly name: string;
  /** Distinguishes two runs of one server: 16 hexadecimal digits, see {@linkcode newEpoch}. */
  readonly epoch: string;
  /** `"web"`, `"exec"`, `"name"`. */
  readonly roles: readonly string[];
  /** What it can do beyond the first version of the protocol, see `features.ts`. */
  readonly features: readonly string[];
}

/** What a server offers: may change while it runs. */
export interface ServerOffer {
  /** Services whose modules are loaded. */
  readonly services: readonly ServiceInfo[];
  /** It takes no new calls. */
  readonly draining: boolean;
}

/** All of it. */
export interface ServerInfo extends ServerIdentity, ServerOffer {}

/**
 * An epoch for a server that starts now: 64 random bits as 16 hexadecimal digits.
 *
 * @param randomBytes Where chance comes from.
 */
export function newEpoch(randomBytes: RandomBytes = secureBytes): string {
  return Array.from(randomBytes(8), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A JSON object whose fields are not known yet. */
export type Json = Record<string, unknown>;

/** `value` as an object with fields; `undefined` when it is something else. */
export function asObject(value: unknown): Json | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? value as Json
    : undefined;
}

/** `value` as a text of 1 to `maxLength` UTF-16 units without control characters. */
export function asText(value: unknown, maxLength: number): string | undefined {
  if (typeof value !== "string" || value.length === 0 || value.length > maxLength) return undefined;
  for (let i = 0; i < value.length; i++) {
    const unit = value.charCodeAt(i);
    if (unit < 0x20 || unit === 0x7f) return undefined; // names end up in logs and on terminals
  }
  return value;
}

const LIST_BOUNDS = { HELLO_NAMES_MAX, OFFERED_SERVICES_MAX, OFFERED_HANDLERS_MAX } as const;
type ListBound = keyof typeof LIST_BOUNDS;

function asList<T>(
  value: unknown,
  bound: ListBound,
  item: (value: unknown) => T | undefined,
): T[] | undefined {
  if (!Array.isArray(value)) return undefined;
  if (value.length > LIST_BOUNDS[bound]) {
    reached(bound);
    return undefined;
  }
  const items: T[] = [];
  for (const one of value) {
    const parsed = item(one);
    if (parsed === undefined) return undefined;
    items.push(parsed);
  }
  return items;
}

/** The identity in a parsed JSON object; `undefined` when it is malformed. Unknown fields are ignored. */
export function identityOf(json: Json): ServerIdentity | undefined {
  const name = asText(json.name, SERVER_NAME_MAX_BYTES);
  const epoch = asText(json.epoch, 16);
  const roles = asList(json.roles, "HELLO_NAMES_MAX", (role) => asText(role, HELLO_NAME_MAX_CHARS));
  const features = asList(
    json.features,
    "HELLO_NAMES_MAX",
    (feature) => asText(feature, HELLO_NAME_MAX_CHARS),
  );
  if (name === undefined || epoch === undefined || !/^[0-9a-f]{16}$/.test(epoch)) return undefined;
  if (roles === undefined || features === undefined) return undefined;
  if (utf8Bytes(name) > SERVER_NAME_MAX_BYTES) return undefined;
  return { name, epoch, roles, features };
}

/** The offer in a parsed JSON object; `undefined` when it is malformed. Unknown fields are ignored. */
export function offerOf(json: Json): ServerOffer | undefined {
  const services = asList(json.services, "OFFERED_SERVICES_MAX", serviceOf);
  if (services === undefined || typeof json.draining !== "boolean") return undefined;
  if (new Set(services.map((service) => service.name)).size !== services.length) return undefined;
  return { services, draining: json.draining };
}

function serviceOf(value: unknown): ServiceInfo | undefined {
  const json = asObject(value);
  if (json === undefined) return undefined;
  const name = asText(json.name, TARGET_MAX_BYTES);
  const handlers = asList(json.handlers, "OFFERED_HANDLERS_MAX", handlerOf);
  if (name === undefined || handlers === undefined) return undefined;
  const { concurrency } = json;
  if (concurrency === undefined) return { name, handlers };
  if (typeof concurrency !== "number" || !Number.isSafeInteger(concurrency)) return undefined;
  return concurrency > 0 ? { name, handlers, concurrency } : undefined;
}

function handlerOf(value: unknown): HandlerInfo | undefined {
  const json = asObject(value);
  if (json === undefined) return undefined;
  const name = asText(json.name, TARGET_MAX_BYTES);
  const { idempotent, stream } = json;
  if (name === undefined || typeof idempotent !== "boolean") return undefined;
  if (stream === undefined) return { name, idempotent };
  return typeof stream === "boolean" ? { name, idempotent, stream } : undefined;
}
