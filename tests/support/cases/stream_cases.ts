/**
 * Streams: all items in order, as fast as the reader takes them, until either side stops.
 *
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { STREAM_ITEM_MIN_COST_BYTES, STREAM_WINDOW_BYTES } from "../../../limits.ts";
import { type Call, MeshError } from "../../../mod.ts";
import { type CallBench, type CallCase, collect, failure } from "../call_case.ts";

const numbers = (to: number) => Array.from({ length: to }, (_, i) => i + 1);
const MIB = 1_048_576;
/** Items that may be under way without a reader's consent: a window of them, and the one that overshoots. */
const AHEAD_MAX = STREAM_WINDOW_BYTES / STREAM_ITEM_MIN_COST_BYTES + 1;

/** How many items a generator has made that notes it in a file. */
const made = (path: string) => Number(Deno.readTextFileSync(path));

/** Resident memory of a process, in bytes. */
function residentBytes(pid: number): number {
  const line = /VmRSS:\s+(\d+) kB/.exec(Deno.readTextFileSync(`/proc/${pid}/status`));
  return Number(line![1]) * 1024;
}

/** So much traffic that a generator nobody holds would be far ahead. */
async function roundTrips({ mesh }: CallBench, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await mesh.call("payloads.echo", i);
}

/** The cases. */
export const streamCases: readonly CallCase[] = [
  {
    name: "a stream of none, one, five and 10,000 items gives all of them in order",
    run: async ({ mesh }) => {
      for (const count of [0, 1, 5, 10_000]) {
        assertEquals(await collect(mesh.call("streams.count", count)), numbers(count));
      }
    },
  },
  {
    name: "a plain generator, a ReadableStream and a promise of a generator are streams, too",
    run: async ({ mesh }) => {
      for (const handler of ["countSync", "readable", "promised"]) {
        assertEquals(await collect(mesh.call(`streams.${handler}`, 100)), numbers(100), handler);
        assertEquals(await collect(mesh.call(`streams.${handler}`, 0)), [], handler);
      }
    },
  },
  {
    name: "items of 1 MiB arrive whole and in order",
    run: async ({ mesh, directory }) => {
      const path = `${directory}/${crypto.randomUUID()}`;
      let count = 0;
      const input = { items: 16, bytes: MIB, path };
      for await (const item of mesh.call<Uint8Array>("streams.blocks", input)) {
        assertEquals(item.length, MIB);
        assert(item.every((byte) => byte === count), `item ${count}`);
        count++;
      }
      assertEquals(count, 16);
    },
  },
  {
    name: "a reader that takes one item holds the generator, and gets the rest when it goes on",
    run: async (bench) => {
      const path = `${bench.directory}/${crypto.randomUUID()}`;
      const call = bench.mesh.call<Uint8Array>("streams.blocks", { items: 1_000, bytes: 8, path });
      const items = call[Symbol.asyncIterator]();
      assertEquals((await items.next()).value?.[0], 0);
      await roundTrips(bench, 200);
      const ahead = made(path);
      assert(ahead <= AHEAD_MAX + 1, `the generator made ${ahead} items, one was taken`);
      let taken = 1;
      for (let item = await items.next(); !item.done; item = await items.next()) {
        assertEquals(item.value[0], taken++ & 0xff);
      }
      assertEquals(taken, 1_000);
    },
  },
  {
    name: "a slow reader of large items holds the generator, and no memory grows",
    run: async (bench) => {
      const path = `${bench.directory}/${crypto.randomUUID()}`;
      const before = bench.servers.map(({ pid }) => residentBytes(pid));
      let taken = 0;
      const input = { items: 96, bytes: MIB, path };
      for await (const _ of bench.mesh.call<Uint8Array>("streams.blocks", input)) {
        taken++;
        if (taken % 16 === 0) await roundTrips(bench, 20);
        const ahead = made(path) - taken;
        assert(ahead <= 3, `the generator is ${ahead} items of 1 MiB ahead`);
      }
      assertEquals(taken, 96);
      bench.servers.forEach(({ pid, name }, i) => {
        const grown = residentBytes(pid) - before[i]!;
        assert(grown < 48 * MIB, `${name} grew by ${grown} bytes`);
      });
    },
  },
  {
    name: "leaving a loop over a stream early runs the generator's finally",
    run: async ({ mesh, witness }) => {
      const told = witness.about();
      for await (const item of mesh.call<number>("streams.endless", told)) {
        if (item === 3) break;
      }
      await witness.heard(`left ${told.id}`);
    },
  },
  {
    name:
      "aborting in the middle of a stream ends it in CANCELLED and runs the generator's finally",
    run: async ({ mesh, witness }) => {
      for (const handler of ["endless", "stalled"]) {
        const told = witness.about();
        const controller = new AbortController();
        const items = mesh.call<number>(`streams.${handler}`, told, { signal: controller.signal });
        const error = await failure(
          (async () => {
            for await (const _ of items) controller.abort(new Error("enough"));
          })(),
          "CANCELLED",
        );
        assert(error.message.includes("enough"), error.message);
        await witness.heard(`left ${told.id}`);
      }
    },
  },
  {
    name: "a stream whose time is over ends in DEADLINE_EXCEEDED and runs the generator's finally",
    // Many, since either side's clock may be the first to say so.
    run: async ({ mesh, witness }) => {
      const over = async (timeoutMs: number) => {
        const told = witness.about();
        const seen: number[] = [];
        await failure(
          (async () => {
            const items = mesh.call<number>("streams.stalled", told, { timeoutMs });
            for await (const item of items) seen.push(item);
          })(),
          "DEADLINE_EXCEEDED",
        );
        assertEquals(seen, [1]);
        await witness.heard(`left ${told.id}`);
      };
      await Promise.all(Array.from({ length: 30 }, (_, i) => over(400 + 3 * i)));
    },
  },
  {
    name: "an error in the middle of a stream comes after the items before it",
    run: async ({ mesh }) => {
      for (const count of [0, 1, 200]) {
        const seen: number[] = [];
        const error = await failure(
          (async () => {
            for await (const item of mesh.call<number>("streams.failing", count)) seen.push(item);
          })(),
          "DATA_LOSS",
        );
        assertEquals(seen, numbers(count));
        assertEquals([error.message, error.metadata], ["the tape is torn", { after: `${count}` }]);
      }
    },
  },
  {
    name: "a stream that is awaited gives an iterable of its items",
    run: async ({ mesh }) => {
      const items = await mesh.call<AsyncIterable<number>>("streams.count", 1_000);
      assertEquals(await collect(items), numbers(1_000));
    },
  },
  {
    name: "a plain reply that is iterated is an INVALID_ARGUMENT which says to await it",
    run: async ({ mesh }) => {
      const error = await failure(collect(mesh.call("payloads.echo", 1)), "INVALID_ARGUMENT");
      assert(error.message.includes("await it"), error.message);
      const replied: Call<number> = mesh.call("payloads.echo", 1);
      assertEquals(await replied, 1);
      await failure(collect(replied), "INVALID_ARGUMENT");
    },
  },
  {
    name: "a thousand streams at once give each its own items",
    run: async ({ mesh }) => {
      const streams = Array.from({ length: 1_000 }, (_, i) => mesh.call("streams.count", i % 20));
      const results = await Promise.all(streams.map(collect));
      results.forEach((items, i) => assertEquals(items, numbers(i % 20)));
    },
  },
  {
    name: "next() after the end of a stream, or after its error, goes on saying that it is over",
    run: async ({ mesh }) => {
      const items = mesh.call<number>("streams.failing", 0)[Symbol.asyncIterator]();
      await assertRejects(() => items.next(), MeshError);
      assertEquals(await items.next(), { value: undefined, done: true });
    },
  },
];
