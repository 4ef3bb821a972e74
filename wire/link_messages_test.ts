import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { MeshError } from "../errors.ts";
import { GOODBYE_TEXT_MAX_BYTES } from "../limits.ts";
import {
  encodeGoodbye,
  encodeHello,
  encodeOffer,
  type Hello,
  parseGoodbye,
  parseHello,
  parseOffer,
  PROTOCOL_MAJOR,
} from "./link_messages.ts";
import { newNonce } from "./proof.ts";
import { newEpoch, type ServiceInfo } from "./server_info.ts";

function hello(changes: Partial<Hello> = {}): Hello {
  return {
    name: "web-1",
    epoch: newEpoch(),
    roles: ["web"],
    features: [],
    auth: "none",
    nonce: newNonce(),
    major: PROTOCOL_MAJOR,
    minor: 0,
    ...changes,
  };
}

function withJson(change: (json: Record<string, unknown>) => void): Uint8Array {
  const body = encodeHello(hello());
  const json = JSON.parse(new TextDecoder().decode(body.subarray(8)));
  change(json);
  return new Uint8Array([
    ...body.subarray(0, 8),
    ...new TextEncoder().encode(JSON.stringify(json)),
  ]);
}

Deno.test("parseHello() reads nothing but the version of another major version", () => {
  const body = encodeHello(hello({ minor: 3 }));
  new DataView(body.buffer).setUint16(4, PROTOCOL_MAJOR + 1, true);
  assertEquals(parseHello(body), { major: PROTOCOL_MAJOR + 1, minor: 3 });
});

Deno.test("parseHello() accepts a later minor version with fields it does not know", () => {
  const body = withJson((json) => json.compression = "zstd");
  new DataView(body.buffer).setUint16(6, 9, true);
  const seen = parseHello(body);
  assertEquals(seen !== "malformed" && [seen.name, seen.minor], ["web-1", 9]);
});

Deno.test("parseHello() refuses every field that is missing or of another shape", () => {
  for (
    const change of [
      (json: Record<string, unknown>) => delete json.name,
      (json: Record<string, unknown>) => json.name = "",
      (json: Record<string, unknown>) => json.name = "web\u001b[2J",
      (json: Record<string, unknown>) => json.name = "n".repeat(200),
      (json: Record<string, unknown>) => json.epoch = 12,
      (json: Record<string, unknown>) => json.epoch = "XYZ",
      (json: Record<string, unknown>) => json.roles = "web",
      (json: Record<string, unknown>) => json.roles = [1],
      (json: Record<string, unknown>) => json.roles = new Array(100).fill("web"),
      (json: Record<string, unknown>) => json.features = null,
      (json: Record<string, unknown>) => json.auth = "md5",
      (json: Record<string, unknown>) => json.nonce = "00",
    ]
  ) assertEquals(parseHello(withJson(change)), "malformed", String(change));
});

Deno.test("a server's name takes at most 128 bytes, on both sides", () => {
  const name = "é".repeat(64);
  const seen = parseHello(encodeHello(hello({ name })));
  assertEquals(seen !== "malformed" && seen.name, name);
  assertThrows(() => encodeHello(hello({ name: name + "x" })), MeshError, "shorter name");
  assertEquals(parseHello(withJson((json) => json.name = name + "x")), "malformed");
});

Deno.test("parseHello() refuses another magic, JSON that is no object, and anything cut", () => {
  const body = encodeHello(hello());
  for (let end = 0; end < body.length; end++) assertEquals(parseHello(body, 0, end), "malformed");
  const other = body.slice();
  other[0] = 0;
  assertEquals(parseHello(other), "malformed");
  assertEquals(parseHello(new Uint8Array([...body.subarray(0, 8), 0x5b, 0x5d])), "malformed");
});

Deno.test("an offer of a thousand services comes back as it went", () => {
  const services: ServiceInfo[] = Array.from({ length: 1_000 }, (_, i) => ({
    name: `service-${i}`,
    handlers: [{
      name: "größe",
      idempotent: i % 2 === 0,
      ...(i % 3 === 0 ? { stream: true } : {}),
    }],
    ...(i % 7 === 0 ? { concurrency: i + 1 } : {}),
  }));
  const offer = { services, draining: false };
  assertEquals(parseOffer(encodeOffer(offer)), offer);
});

Deno.test("encodeOffer() refuses more than a mebibyte", () => {
  const handlers = Array.from({ length: 4_000 }, (_, i) => ({
    name: "h".repeat(190) + i,
    idempotent: false,
  }));
  const services = Array.from({ length: 2 }, (_, i) => ({ name: `s${i}`, handlers }));
  const error = assertThrows(() => encodeOffer({ services, draining: false }), MeshError);
  assertEquals(error.code, "RESOURCE_EXHAUSTED");
});

Deno.test("parseOffer() refuses wrong shapes and a service that comes twice", () => {
  const service = { name: "a", handlers: [{ name: "h", idempotent: true }] };
  for (
    const json of [
      {},
      { services: [] },
      { services: {}, draining: false },
      { services: [service, service], draining: false },
      { services: [{ ...service, name: 1 }], draining: false },
      { services: [{ ...service, handlers: ["h"] }], draining: false },
      { services: [{ ...service, handlers: [{ name: "h" }] }], draining: false },
      { services: [{ ...service, concurrency: 0 }], draining: false },
      { services: [{ ...service, concurrency: 1.5 }], draining: false },
    ]
  ) {
    assertEquals(parseOffer(new TextEncoder().encode(JSON.stringify(json))), undefined);
  }
});

Deno.test("a GOODBYE's text is clipped when sent and cleaned when received", () => {
  const body = encodeGoodbye({ reason: 1, code: "UNAVAILABLE", text: "a\nb" + "€".repeat(2_000) });
  const seen = parseGoodbye(body)!;
  assertEquals(seen.text.slice(0, 4), "a b€");
  assertEquals(new TextEncoder().encode(seen.text).length <= GOODBYE_TEXT_MAX_BYTES, true);
});

Deno.test("HELLO, offers and GOODBYE made of random bytes are refused, never thrown at", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
    assertEquals(parseHello(bytes), "malformed");
    assertEquals(parseOffer(bytes), undefined);
    parseGoodbye(bytes);
  }));
});
