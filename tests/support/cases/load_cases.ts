/**
 * Many calls at once.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { CallCase } from "../call_case.ts";
import type { Seen } from "../fixtures/services/payloads.ts";

/** The cases. */
export const loadCases: readonly CallCase[] = [
  {
    name: "10,000 calls at once get each its own reply",
    run: async ({ mesh }) => {
      const calls = Array.from({ length: 10_000 }, (_, i) => mesh.call("payloads.echo", i));
      (await Promise.all(calls)).forEach((reply, i) => assertEquals(reply, i));
    },
  },
  {
    name: "small calls are answered while large messages are under way both ways",
    run: async ({ mesh }) => {
      const input = new Uint8Array(4 * 1_048_576).fill(3);
      let large = 4;
      const larges = Promise.all(Array.from({ length: 4 }, async () => {
        assertEquals((await mesh.call<Uint8Array>("payloads.echo", input)).length, input.length);
        large--;
      }));
      larges.catch(() => {}); // awaited below; it may fail before
      let small = 0;
      while (large > 0) assertEquals(await mesh.call("payloads.echo", small), small++);
      await larges;
      assert(small > 0);
    },
  },
  {
    name: "more bytes at once than a link holds: each call ends, and none takes another's place",
    run: async ({ mesh }) => {
      // Twice, since what went wrong the first time may hit the stream ids of the second.
      for (let round = 0; round < 2; round++) {
        const input = new Uint8Array(262_144).fill(round);
        const calls = Array.from(
          { length: 600 },
          (_, i) => mesh.call<[number, Uint8Array]>("payloads.echo", [i, input]),
        );
        (await Promise.allSettled(calls)).forEach((outcome, i) => {
          if (outcome.status === "fulfilled") {
            const [number, bytes] = outcome.value;
            assertEquals([number, bytes.length, bytes[262_143]], [i, 262_144, round]);
          } else assertEquals(outcome.reason.code, "RESOURCE_EXHAUSTED", outcome.reason.message);
        });
        assertEquals(await mesh.call("payloads.echo", "still here"), "still here");
      }
    },
  },
  {
    name: "more replies at once than a slot holds: each call ends, and later ones are answered",
    run: async ({ mesh }) => {
      // As large as one frame can be: the first frame that is refused ends its call.
      const calls = Array.from(
        { length: 2_500 },
        () => mesh.call<Uint8Array>("payloads.bytes", 65_500),
      );
      for (const outcome of await Promise.allSettled(calls)) {
        if (outcome.status === "fulfilled") assertEquals(outcome.value.length, 65_500);
        else assertEquals(outcome.reason.code, "RESOURCE_EXHAUSTED", outcome.reason.message);
      }
      assertEquals(await mesh.call("payloads.echo", "still here"), "still here");
    },
  },
  {
    name: "calls are spread over all processes",
    run: async ({ mesh, processes }) => {
      const calls = Array.from({ length: 400 }, () => mesh.call<Seen>("payloads.context"));
      const seen = await Promise.all(calls);
      assertEquals(new Set(seen.map(({ pid }) => pid)).size, processes);
    },
  },
  {
    name: "a process works on no more calls than its service wants, and all are answered",
    run: async ({ mesh, processes }) => {
      const calls = Array.from(
        { length: 60 },
        () => mesh.call<{ pid: number; running: number }>("limited.work", 2),
      );
      const seen = await Promise.all(calls);
      const most = Math.max(...seen.map(({ running }) => running));
      assertEquals([most, new Set(seen.map(({ pid }) => pid)).size], [3, processes]);
    },
  },
];
