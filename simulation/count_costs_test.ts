import { assertEquals } from "@std/assert";
import { BulkCopies } from "./bulk_copies.ts";
import { type Costs, countCosts } from "./count_costs.ts";
import { watched } from "./mutants/watched.ts";
import type { PlantedFault } from "./planted/fault.ts";
import { Bed } from "./planted/plant.ts";

/** What a call costs, by calls in flight. Less is better: then write it down here. */
const COSTS: Readonly<Record<number, Costs>> = {
  1: { nativeCalls: 18, signals: 4, linkWrites: 2, frames: 6, copiedBytes: 13_351 },
  64: {
    nativeCalls: 1 + 17 / 64,
    signals: 4 / 64,
    linkWrites: 2 / 64,
    frames: 6,
    copiedBytes: 13_351,
  },
};

for (const [inFlight, costs] of Object.entries(COSTS)) {
  Deno.test(`a call across two servers costs what it did, with ${inFlight} in flight`, async () => {
    assertEquals(await countCosts(Number(inFlight)), costs);
  });
}

/** What somebody could add without noticing, and what a call costs more then. */
const ADDED: readonly { readonly fault: PlantedFault; readonly more: Partial<Costs> }[] = [
  {
    fault: {
      name: "a process looks at its slot once more for each request",
      file: "markdev/slot_inbox.ts",
      find: "!== 0) this.#end.release(this.#position);",
      replace: "!== 0) this.#end.consumed(), this.#end.release(this.#position);",
    },
    more: { nativeCalls: 1 },
  },
  {
    fault: {
      name: "bytes that arrive are copied once more",
      file: "endpoint/codec.ts",
      find: "return bytes.slice(start, end);",
      replace: "return new Uint8Array(bytes.slice(start, end));",
    },
    more: { copiedBytes: 256 + 1_024 },
  },
  {
    fault: {
      name: "a frame's header is written to the link on its own",
      file: "proxy/link/writer.ts",
      find: "await this.#write(region, start, end);",
      replace:
        "await this.#write(region, start, start + 16); await this.#write(region, start + 16, end);",
    },
    more: { linkWrites: 2 },
  },
  {
    fault: {
      name: "a process grants credit for requests that need none",
      file: "executor/incoming_call.ts",
      find: "if ((flags & WHOLE) === WHOLE) return",
      replace: "if ((flags & WHOLE) === WHOLE) this.#executor.grant(this, 1);\n" +
        "    if ((flags & WHOLE) === WHOLE) return",
    },
    more: { frames: 3 },
  },
];

Deno.test("the counts notice one more native call, copy, write or frame for each call", async () => {
  using bed = new Bed();
  const { directory } = bed;
  for (const { fault, more } of ADDED) {
    bed.plant(fault);
    const { text } = await watched([
      ...["run", "-A", "--no-check", `--config=${directory}/deno.json`],
      ...[`${directory}/simulation/count_costs.ts`, "1"],
    ], directory);
    const costs: Costs = JSON.parse(text);
    const names = Object.keys(more) as (keyof Costs)[];
    for (const name of names) assertEquals(costs[name] - COSTS[1]![name], more[name], fault.name);
  }
});

Deno.test("bulk copies are counted in bytes, whatever makes them, and not after that", () => {
  const words = new Uint32Array(4);
  using copies = new BulkCopies();
  const counted = (copy: () => unknown): number => {
    const before = copies.bytes;
    copy();
    return copies.bytes - before;
  };
  assertEquals(counted(() => words.set([1, 2], 1)), 8);
  assertEquals(counted(() => words.slice(1)), 12);
  assertEquals(counted(() => words.copyWithin(0, 3)), 4);
  assertEquals(counted(() => new Uint8Array(new Uint8Array(5))), 5);
  assertEquals(counted(() => new Uint8Array(words.buffer, 4, 4)), 0);
  assertEquals(counted(() => words.subarray(1)), 0);
  copies[Symbol.dispose]();
  assertEquals(counted(() => new Uint8Array(words.slice())), 0);
  assertEquals([...words], [0, 1, 2, 0]);
});
