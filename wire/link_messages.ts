/**
 * Bodies of the frames that belong to a link itself: HELLO, AUTH, WELCOME, UPDATE, GOODBYE.
 *
 * `docs/wire_protocol.md` has them byte for byte. What a server offers is in WELCOME, not in HELLO: a stranger
 * learns nothing but a name.
 *
 * @module
 */
import { type Code, codeName, CODES, MeshError } from "../errors.ts";
import {
  GOODBYE_TEXT_MAX_BYTES,
  HELLO_MAX_BYTES,
  SERVER_INFO_MAX_BYTES,
  SERVER_NAME_MAX_BYTES,
} from "../limits.ts";
import { reached } from "../limits/reached.ts";
import {
  asObject,
  identityOf,
  type Json,
  offerOf,
  type ServerIdentity,
  type ServerOffer,
} from "./server_info.ts";
import { clipUtf8, readUtf8, utf8Bytes, writeUtf8 } from "./utf8.ts";

/**
 * Version of the protocol. Servers of different major versions do not link. A server speaks with those of the minor
 * version before its own: it reads what they send, and sends what they read.
 */
export const PROTOCOL_MAJOR = 1;
/** See {@linkcode PROTOCOL_MAJOR}. */
export const PROTOCOL_MINOR = 2;

/** How a HELLO starts: "mesh". */
const MAGIC = new Uint8Array([0x6d, 0x65, 0x73, 0x68]);
const HelloOffset = { MAGIC: 0, MAJOR: 4, MINOR: 6, JSON: 8 } as const;

/** Bytes of a nonce. */
export const NONCE_BYTES = 16;
/** Bytes of a proof: HMAC-SHA256. */
export const PROOF_BYTES = 32;

/** How a server wants its peers to prove who they are. */
export type AuthMethod = "none" | "hmac-sha256";

/** A server's first frame on a connection. */
export interface Hello extends ServerIdentity {
  /** Major version of the protocol. */
  readonly major: number;
  /** Minor version of the protocol. */
  readonly minor: number;
  /** `"hmac-sha256"` when a shared secret is configured. */
  readonly auth: AuthMethod;
  /** 16 random bytes as 32 hexadecimal digits, new for each connection. */
  readonly nonce: string;
}

/**
 * Encodes a HELLO's body.
 *
 * @throws {MeshError} `INVALID_ARGUMENT` when the name, or all of it, is too long.
 */
export function encodeHello(hello: Hello): Uint8Array {
  const { name, epoch, roles, features, auth, nonce } = hello;
  const json = JSON.stringify({ name, epoch, roles, features, auth, nonce });
  const body = new Uint8Array(HelloOffset.JSON + utf8Bytes(json));
  if (utf8Bytes(name) > SERVER_NAME_MAX_BYTES || body.length > HELLO_MAX_BYTES) {
    throw new MeshError(
      "INVALID_ARGUMENT",
      `the name of server "${clipUtf8(name, 40)}" takes ${utf8Bytes(name)} bytes, its HELLO ` +
        `${body.length}; ${SERVER_NAME_MAX_BYTES} and ${HELLO_MAX_BYTES} are allowed: choose a shorter name`,
    );
  }
  const view = new DataView(body.buffer);
  body.set(MAGIC, HelloOffset.MAGIC);
  view.setUint16(HelloOffset.MAJOR, hello.major, true);
  view.setUint16(HelloOffset.MINOR, hello.minor, true);
  writeUtf8(body, HelloOffset.JSON, json);
  return body;
}

/**
 * Decodes the HELLO in `bytes[start, end)`.
 *
 * @returns `"malformed"`, or the version alone when it is another major one (the rest may look different there).
 */
export function parseHello(
  bytes: Uint8Array,
  start = 0,
  end = bytes.length,
):
  | Hello
  | { readonly major: number; readonly minor: number; readonly name?: undefined }
  | "malformed" {
  if (end - start > HELLO_MAX_BYTES) reached("HELLO_MAX_BYTES");
  if (end - start < HelloOffset.JSON || end - start > HELLO_MAX_BYTES) return "malformed";
  if (MAGIC.some((byte, i) => bytes[start + i] !== byte)) return "malformed";
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const major = view.getUint16(start + HelloOffset.MAJOR, true);
  const minor = view.getUint16(start + HelloOffset.MINOR, true);
  if (major !== PROTOCOL_MAJOR) return { major, minor };
  const json = parseJson(bytes, start + HelloOffset.JSON, end);
  const identity = json === undefined ? undefined : identityOf(json);
  if (json === undefined || identity === undefined) return "malformed";
  const { auth, nonce } = json;
  if (auth !== "none" && auth !== "hmac-sha256") return "malformed";
  if (typeof nonce !== "string" || !/^[0-9a-f]{32}$/.test(nonce)) return "malformed";
  return { ...identity, major, minor, auth, nonce };
}

/**
 * Encodes the body of a WELCOME or of an UPDATE; larger than a frame, it is fragmented.
 *
 * @throws {MeshError} `RESOURCE_EXHAUSTED` beyond 1 MiB.
 */
export function encodeOffer(offer: ServerOffer): Uint8Array {
  const { services, draining } = offer;
  const body = new TextEncoder().encode(JSON.stringify({ services, draining }));
  if (body.length > SERVER_INFO_MAX_BYTES) {
    reached("SERVER_INFO_MAX_BYTES");
    throw new MeshError(
      "RESOURCE_EXHAUSTED",
      `the description of all services takes ${body.length} bytes, ${SERVER_INFO_MAX_BYTES} are allowed: ` +
        "divide them among several servers",
    );
  }
  return body;
}

/** Decodes the body of a WELCOME or of an UPDATE; `undefined` when it is malformed. */
export function parseOffer(
  bytes: Uint8Array,
  start = 0,
  end = bytes.length,
): ServerOffer | undefined {
  if (end - start > SERVER_INFO_MAX_BYTES) {
    reached("SERVER_INFO_MAX_BYTES");
    return undefined;
  }
  const json = parseJson(bytes, start, end);
  return json === undefined ? undefined : offerOf(json);
}

/** Why a connection ends. */
export const GoodbyeReason = {
  /** The server stops. */
  SHUTDOWN: 1,
  /** Another connection between the two servers is the link. */
  DUPLICATE: 2,
  /** The server dialled itself. */
  SELF: 3,
  /** Another live server has the same name. */
  NAME_IN_USE: 4,
  /** Different major version of the protocol. */
  VERSION: 5,
  /** The proof of the shared secret is missing or wrong. */
  UNAUTHENTICATED: 6,
  /** The other side broke the protocol. */
  PROTOCOL: 7,
  /** Nothing was heard for too long. */
  TIMEOUT: 8,
  /** Too many connections are in their handshake. */
  BUSY: 9,
  /** A newer connection of the same server replaces this one. */
  REPLACED: 10,
  /** Something failed inside this server. */
  INTERNAL: 11,
} as const;

/** A decoded GOODBYE. */
export interface Goodbye {
  /** One of {@linkcode GoodbyeReason}, or a number a later version uses. */
  readonly reason: number;
  /** What a call that this ends fails with. */
  readonly code: Code;
  /** For people. */
  readonly text: string;
}

const GoodbyeOffset = { REASON: 0, CODE: 1, TEXT: 2 } as const;

/** Encodes a GOODBYE's body; a text beyond 1 KiB is clipped. */
export function encodeGoodbye(goodbye: Goodbye): Uint8Array {
  const text = clipUtf8(goodbye.text, GOODBYE_TEXT_MAX_BYTES);
  const body = new Uint8Array(GoodbyeOffset.TEXT + utf8Bytes(text));
  body[GoodbyeOffset.REASON] = goodbye.reason;
  body[GoodbyeOffset.CODE] = CODES[goodbye.code];
  writeUtf8(body, GoodbyeOffset.TEXT, text);
  return body;
}

/** Decodes the GOODBYE in `bytes[start, end)`; `undefined` when it is malformed. */
export function parseGoodbye(
  bytes: Uint8Array,
  start = 0,
  end = bytes.length,
): Goodbye | undefined {
  const textBytes = end - start - GoodbyeOffset.TEXT;
  if (textBytes < 0 || textBytes > GOODBYE_TEXT_MAX_BYTES) return undefined;
  const text = readUtf8(bytes, start + GoodbyeOffset.TEXT, end);
  if (text === undefined) return undefined;
  return {
    reason: bytes[start + GoodbyeOffset.REASON] ?? 0,
    code: codeName(bytes[start + GoodbyeOffset.CODE] ?? 0),
    // deno-lint-ignore no-control-regex -- it ends up in logs and on terminals
    text: text.replace(/[\u0000-\u001f\u007f]/g, " "),
  };
}

function parseJson(bytes: Uint8Array, start: number, end: number): Json | undefined {
  const text = readUtf8(bytes, start, end);
  if (text === undefined) return undefined;
  try {
    return asObject(JSON.parse(text));
  } catch {
    return undefined;
  }
}
