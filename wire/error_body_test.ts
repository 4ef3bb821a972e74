import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { CODES, MeshError } from "../errors.ts";
import type { Code } from "../errors.ts";
import { ERROR_MESSAGE_MAX_BYTES, METADATA_MAX_BYTES } from "../limits.ts";
import { encodeErrorBody, ErrorOffset, parseErrorBody } from "./error_body.ts";

const text = fc.string({ unit: "grapheme", maxLength: 60 });

Deno.test("an error comes back with its code, message, server, metadata and traits", () => {
  fc.assert(fc.property(
    fc.record({
      code: fc.constantFrom(...Object.keys(CODES) as Code[]),
      message: text,
      started: fc.boolean(),
      server: fc.option(fc.string({ minLength: 1, maxLength: 30 }), { nil: undefined }),
      metadata: fc.dictionary(text, text, { maxKeys: 5 }),
      retryable: fc.boolean(),
      died: fc.boolean(),
    }),
    ({ code, message, started, server, metadata, retryable, died }) => {
      const error = new MeshError(code, message, {
        started,
        metadata,
        ...(server === undefined ? {} : { server }),
      });
      const seen = parseErrorBody(encodeErrorBody(error, { retryable, died }));
      assertEquals([seen.error.code, seen.error.message, seen.error.started, seen.error.server], [
        code,
        message,
        started,
        server,
      ]);
      assertEquals(Object.entries(seen.error.metadata), Object.entries(metadata));
      assertEquals([seen.retryable, seen.died], [retryable, died]);
    },
  ));
});

Deno.test("an error with a huge message travels with its beginning, never half a character", () => {
  const { error } = parseErrorBody(encodeErrorBody(new MeshError("INTERNAL", "é€".repeat(50_000))));
  assertEquals(error.code, "INTERNAL");
  assert("é€".repeat(50_000).startsWith(error.message));
  assert(new TextEncoder().encode(error.message).length > ERROR_MESSAGE_MAX_BYTES - 4);
});

Deno.test("an error with too much metadata travels without it, and says so", () => {
  const metadata = { big: "x".repeat(METADATA_MAX_BYTES) };
  const { error } = parseErrorBody(
    encodeErrorBody(new MeshError("NOT_FOUND", "no such user", { metadata })),
  );
  assertEquals([error.code, error.metadata], ["NOT_FOUND", {}]);
  assert(error.message.startsWith("no such user (metadata left out: "), error.message);
});

Deno.test("a malformed error body ends the call in DATA_LOSS, whatever its bytes are", () => {
  const whole = encodeErrorBody(new MeshError("NOT_FOUND", "nothing", { server: "exec-1" }));
  for (let end = 0; end < whole.length; end++) {
    assertEquals(parseErrorBody(whole, 0, end).error.code, "DATA_LOSS");
  }
  fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
    assert(parseErrorBody(bytes).error instanceof MeshError);
  }));
});

Deno.test("a code of a later version is read as INTERNAL", () => {
  const body = encodeErrorBody(new MeshError("NOT_FOUND", "nothing"));
  body[0] = 200;
  assertEquals(parseErrorBody(body).error.code, "INTERNAL");
});

Deno.test("an error of a server of 1.1 that is overloaded is read as any other", () => {
  const error = new MeshError("RESOURCE_EXHAUSTED", "full", { started: false });
  const body = encodeErrorBody(error, { retryable: true });
  const now = parseErrorBody(body);
  const flags = body[ErrorOffset.FLAGS] ?? 0;
  assertEquals(flags & 4, 0);
  body[ErrorOffset.FLAGS] = flags | 4;
  const then = parseErrorBody(body);
  assertEquals([then.error.code, then.retryable, then.died], [
    now.error.code,
    now.retryable,
    now.died,
  ]);
});
