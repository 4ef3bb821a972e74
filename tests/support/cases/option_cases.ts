/**
 * What travels beside an input, and the bounds it has.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { type CallCase, collect, failure } from "../call_case.ts";
import type * as payloads from "../fixtures/services/payloads.ts";
import type * as streams from "../fixtures/services/streams.ts";

type Seen = payloads.Seen;

/** The cases. */
export const optionCases: readonly CallCase[] = [
  {
    name: "keys and metadata arrive as they were given, in any script",
    run: async ({ mesh }) => {
      const metadata = { plain: "text", "ключ": "значение", "👍": "", "__proto__ ": "x" };
      for (const key of ["k", "", "Ελλάδα 日本 👩‍👩‍👧"]) {
        const seen = await mesh.call<Seen>("payloads.context", null, { key, metadata });
        assertEquals([seen.key, seen.metadata], [key, metadata]);
      }
    },
  },
  {
    name: "a call without key and metadata has neither, and a request id of its own",
    run: async ({ mesh }) => {
      const seen = [1, 2].map(() => mesh.call<Seen>("payloads.context"));
      const [one, two] = await Promise.all(seen);
      assertEquals([one!.key, one!.metadata], [undefined, {}]);
      assertMatch(one!.requestId, /^[0-9a-f]{16}$/);
      assert(one!.requestId !== two!.requestId, one!.requestId);
    },
  },
  {
    name: "a key has at most 512 bytes: a longer one is refused before anything starts",
    run: async ({ mesh }) => {
      for (const key of ["k".repeat(512), "é".repeat(256)]) {
        assertEquals((await mesh.call<Seen>("payloads.context", null, { key })).key, key);
      }
      for (const key of ["k".repeat(513), "é".repeat(257)]) {
        const error = await failure(
          mesh.call("payloads.context", null, { key }),
          "INVALID_ARGUMENT",
        );
        assertEquals(error.started, false);
        assertStringIncludes(error.message, "512");
      }
    },
  },
  {
    name: "metadata of almost 64 KiB arrives; larger is refused before anything starts",
    run: async ({ mesh }) => {
      const metadata = Object.fromEntries(
        Array.from({ length: 60 }, (_, i) => [`key ${i}`, `${i}`.repeat(500)]),
      );
      for (const given of [metadata, { much: "m".repeat(65_000) }]) {
        const options = { metadata: given };
        const seen = await mesh.call<Seen>("payloads.context", null, options);
        assertEquals(seen.metadata, given);
      }
      const error = await failure(
        mesh.call("payloads.context", null, { metadata: { a: "m".repeat(65_536) } }),
        "INVALID_ARGUMENT",
      );
      assertEquals(error.started, false);
    },
  },
  {
    name: "metadata that is no text is refused before anything starts",
    run: async ({ mesh }) => {
      const metadata = { count: 5 } as unknown as Record<string, string>;
      const error = await failure(
        mesh.call("payloads.context", null, { metadata }),
        "INVALID_ARGUMENT",
      );
      assertStringIncludes(error.message, "count");
    },
  },
  {
    name: "a target that is too long or has no dot is refused",
    run: async ({ mesh }) => {
      await failure(mesh.call(`payloads.${"x".repeat(200)}`), "INVALID_ARGUMENT");
      for (const target of ["", "payloads", ".echo", "payloads."]) {
        const error = await failure(mesh.call(target), "INVALID_ARGUMENT");
        assertEquals(error.started, false);
      }
      assertEquals(await mesh.call("payloads.echo", "still here"), "still here");
    },
  },
  {
    name: "a typed client calls by method, with its defaults under each call's own options",
    run: async ({ mesh }) => {
      const typed = mesh.service<typeof payloads>("payloads", {
        key: "default",
        metadata: { a: "1" },
      });
      assertEquals((await typed.context(null)).key, "default");
      const seen = await typed.context(null, { key: "own" });
      assertEquals([seen.key, seen.metadata], ["own", { a: "1" }]);
      const items: AsyncIterable<number> = mesh.service<typeof streams>("streams").count(3);
      assertEquals(await collect(items), [1, 2, 3]);
      assertEquals(await (await typed).size(new Uint8Array(9)), 9);
    },
  },
];
