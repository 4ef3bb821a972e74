import { assert, assertEquals, assertRejects } from "@std/assert";
import { Dice } from "./dice.ts";
import { Wire } from "./network.ts";
import type { Pipe } from "./pipe.ts";
import { Machine, SimProcess } from "./process.ts";
import { World } from "./world.ts";

const TEXT = Uint8Array.from({ length: 5_000 }, (_, i) => i);

function laid() {
  const world = new World();
  const machine = new Machine(world, 0);
  const wire = new Wire(
    0,
    new SimProcess("dialler", machine, new Dice(1)),
    new SimProcess("acceptor", machine, new Dice(2)),
    { dice: new Dice(9), minMs: 1, maxMs: 2, pieceMaxBytes: 100, windowBytes: 100_000 },
  );
  return { world, wire };
}

/** Reads until the end, which is a `null`. */
function readAll(pipe: Pipe): (number | null)[] {
  const got: (number | null)[] = [];
  void (async () => {
    const into = new Uint8Array(64);
    for (;;) {
      const count = await pipe.read(into);
      if (count === null) break;
      got.push(...into.subarray(0, count));
    }
    got.push(null);
  })();
  return got;
}

Deno.test("a wire that ends half loses nothing, refuses more, and goes on the other way", async () => {
  const { world, wire } = laid();
  const [there, back] = wire.pipes;
  const [gotThere, gotBack] = [readAll(there), readAll(back)];
  await Promise.all([there.write(TEXT), world.run(0.5)]);
  assertEquals(gotThere, [], "all is under way");
  there.end();
  const refused = assertRejects(() => there.write(TEXT), Deno.errors.BrokenPipe);
  await world.run(100);
  await refused;
  assertEquals(gotThere, [...TEXT, null]);
  await Promise.all([back.write(TEXT), world.run(200)]);
  assertEquals(gotBack, [...TEXT], "and no end");
  back.end();
  await world.run(300);
  assertEquals(gotBack.at(-1), null);
});

Deno.test("a wire that is slow one way is slow by its measure, and swift the other way", async () => {
  const { world, wire } = laid();
  const [there, back] = wire.pipes;
  const [gotThere, gotBack] = [readAll(there), readAll(back)];
  there.throttle(5);
  await Promise.all([there.write(TEXT), back.write(TEXT), world.run(500)]);
  assertEquals(gotBack, [...TEXT]);
  assert(gotThere.length > 2_000 && gotThere.length <= 2_500, `${gotThere.length} bytes`);
  await world.run(1_100);
  assertEquals(gotThere, [...TEXT]);
});
