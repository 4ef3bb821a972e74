/**
 * What travels arrives as it was: every size and every kind of value.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Buffer } from "node:buffer";
import { MESSAGE_DEFAULT_BYTES } from "../../../limits.ts";
import { type CallCase, failure, patterned } from "../call_case.ts";

/** Around the sizes at which something changes: alignment, the smallest frame, the largest frame. */
const SIZES = [0, 1, 15, 16, 17, 1_008, 65_535, 65_536, 65_537, 1_048_576];
const LARGEST = MESSAGE_DEFAULT_BYTES;

function assertSameBytes(seen: unknown, expected: Uint8Array): void {
  assert(seen instanceof Uint8Array && seen.constructor === Uint8Array, "no Uint8Array");
  assertEquals(seen.length, expected.length);
  assert(Buffer.compare(seen, expected) === 0, "other bytes of the same length");
}

const unicode = "naïve – Ελληνικά – 日本語 – 𝄞 👩‍👩‍👧 – \u0000\u200e";

/** The cases. */
export const payloadCases: readonly CallCase[] = [
  {
    name: "a call without input gets undefined, and a handler that returns nothing gives undefined",
    run: async ({ mesh }) => {
      assertEquals(await mesh.call("payloads.echo"), undefined);
      assertEquals(await mesh.call("payloads.nothing", { some: "input" }), undefined);
    },
  },
  {
    name: "271,828 bytes go in and 314,159 come out",
    run: async ({ mesh }) => {
      const input = { payload: patterned(271_828), replyBytes: 314_159 };
      const reply = await mesh.call<{ received: number; payload: Uint8Array }>(
        "payloads.exchange",
        input,
      );
      assertEquals(reply.received, 271_828);
      assertSameBytes(reply.payload, new Uint8Array(314_159));
    },
  },
  {
    name: "bytes of every size from none to 1 MiB come back as they went",
    run: async ({ mesh }) => {
      const inputs = SIZES.map(patterned);
      const replies = await Promise.all(inputs.map((input) => mesh.call("payloads.echo", input)));
      replies.forEach((reply, i) => assertSameBytes(reply, inputs[i]!));
    },
  },
  {
    name: "nested objects with bytes of every size from none to 1 MiB come back as they went",
    run: async ({ mesh }) => {
      for (const size of SIZES) {
        const input = {
          size,
          nested: { list: [{ bytes: patterned(size), text: "é".repeat(size) }] },
        };
        const reply = await mesh.call<typeof input>("payloads.echo", input);
        assertEquals([reply.size, reply.nested.list.length], [size, 1]);
        assertSameBytes(new Uint8Array(reply.nested.list[0]!.bytes), patterned(size));
        assert(reply.nested.list[0]!.text === input.nested.list[0]!.text, `text of ${size}`);
      }
    },
  },
  {
    name: "large objects that are under way at the same time stay apart",
    run: async ({ mesh }) => {
      const inputs = Array.from({ length: 20 }, (_, i) => ({ i, text: `${i} `.repeat(100_000) }));
      const replies = await Promise.all(inputs.map((input) => mesh.call("payloads.echo", input)));
      replies.forEach((reply, i) => {
        const { i: number, text } = reply as typeof inputs[0];
        assert(number === i && text === inputs[i]!.text, `reply ${i}`);
      });
    },
  },
  {
    name:
      "a Buffer of node:buffer arrives as bytes, and stays as it is while other calls come and go",
    run: async ({ mesh }) => {
      const nested = await mesh.call<{ b: Uint8Array }>("payloads.echo", { b: Buffer.from("née") });
      const bare = await mesh.call<Uint8Array>("payloads.echo", Buffer.from("bare"));
      for (let i = 0; i < 50; i++) await mesh.call("payloads.echo", new Uint8Array(10_000));
      const texts = [nested.b, bare].map((bytes) => new TextDecoder().decode(bytes));
      assertEquals(texts, ["née", "bare"]);
    },
  },
  {
    name: "a message of exactly 16 MiB arrives and comes back, with the largest head besides",
    run: async ({ mesh }) => {
      const input = patterned(LARGEST);
      const reply = await mesh.call("payloads.echo", input, {
        key: "k".repeat(512),
        metadata: { much: "m".repeat(60_000) },
      });
      assertSameBytes(reply, input);
    },
  },
  {
    name: "a nested object of almost 16 MiB arrives and comes back",
    run: async ({ mesh }) => {
      const input = { deep: [{ er: new Map([["bytes", patterned(LARGEST - 64)]]) }] };
      const reply = await mesh.call<typeof input>("payloads.echo", input);
      assertSameBytes(
        new Uint8Array(reply.deep[0]!.er.get("bytes")!),
        input.deep[0]!.er.get("bytes")!,
      );
    },
  },
  {
    name: "an input of more than 16 MiB is refused at the sender, before anything starts",
    run: async ({ mesh }) => {
      const error = await failure(
        mesh.call("payloads.size", new Uint8Array(LARGEST + 1)),
        "RESOURCE_EXHAUSTED",
      );
      assertEquals(error.started, false);
      assertStringIncludes(error.message, `${LARGEST + 1}`);
    },
  },
  {
    name: "a reply of more than 16 MiB is refused at the sender, and the next call works",
    run: async ({ mesh }) => {
      const error = await failure(mesh.call("payloads.bytes", LARGEST + 1), "RESOURCE_EXHAUSTED");
      assertEquals(error.started, true);
      assertEquals((await mesh.call<Uint8Array>("payloads.bytes", 3)).length, 3);
    },
  },
  {
    name: "values of every kind come back as they went",
    run: async ({ mesh }) => {
      const values: unknown[] = [
        null,
        true,
        "",
        unicode,
        -0,
        NaN,
        Infinity,
        -1.5e-300,
        2 ** 53 - 1,
        2n ** 63n - 1n,
        -(2n ** 63n),
        12345678901234567890123456789012345678901234567890n,
        new Date("2026-11-24T17:05:00.123Z"),
        [],
        {},
        [[[[]]], { a: [{ b: {} }] }],
        { [unicode]: unicode, "": 0 },
        new Map<unknown, unknown>([["a", 1], [2, { plain: "object" }], [new Date(0), new Map()]]),
        new Set([1, "two", { three: 3 }]),
        { map: new Map([["k", { plain: [1] }]]), plain: { k: 1 } },
        new Float64Array([1.5, -2.5, NaN]),
        new Int32Array([-1, 2 ** 31 - 1]),
        new Uint16Array([0, 65_535]),
        new BigInt64Array([-1n, 2n ** 62n]),
        { present: undefined, list: [undefined, 1] },
      ];
      for (const value of values) assertEquals(await mesh.call("payloads.echo", value), value);
    },
  },
  {
    name: "a value that MessagePack cannot carry is refused before anything starts",
    run: async ({ mesh }) => {
      const error = await failure(mesh.call("payloads.echo", Symbol("s")), "INVALID_ARGUMENT");
      assertEquals(error.started, false);
    },
  },
  {
    name: "changing an input after the call does not change what the handler gets",
    run: async ({ mesh }) => {
      const small = { list: [1] };
      const bytes = patterned(100);
      const calls = [mesh.call("payloads.echo", small), mesh.call("payloads.echo", bytes)] as const;
      small.list.push(2);
      bytes.fill(0);
      assertEquals(await calls[0], { list: [1] });
      assertSameBytes(await calls[1], patterned(100));
    },
  },
];
