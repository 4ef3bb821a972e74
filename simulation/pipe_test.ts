import { assert, assertEquals, assertRejects } from "@std/assert";
import { Dice } from "./dice.ts";
import { Pipe } from "./pipe.ts";
import { Machine, SimProcess } from "./process.ts";
import { World } from "./world.ts";

const TEXT = Uint8Array.from({ length: 5_000 }, (_, i) => i);

function laid(settings: { pieceMaxBytes?: number; windowBytes?: number } = {}) {
  const world = new World();
  const machine = new Machine(world, 0);
  const [writer, reader] = ["w", "r"].map((name, seed) =>
    new SimProcess(name, machine, new Dice(seed))
  ) as [SimProcess, SimProcess];
  const pipe = new Pipe(writer, reader, {
    dice: new Dice(9),
    minMs: 1,
    maxMs: 2,
    pieceMaxBytes: 100,
    windowBytes: 100_000,
    ...settings,
  });
  const got: number[] = [];
  let ended = false;
  const readAll = async () => {
    const into = new Uint8Array(64);
    for (;;) {
      const count = await pipe.read(into);
      if (count === null) break;
      got.push(...into.subarray(0, count));
    }
    ended = true;
  };
  const writeAll = async (bytes: Uint8Array) => {
    for (let at = 0; at < bytes.length;) at += await pipe.write(bytes.subarray(at));
  };
  return { world, pipe, got, readAll, writeAll, ended: () => ended };
}

Deno.test("bytes arrive in pieces, all of them, in their order, and then the end", async () => {
  const { world, pipe, got, readAll, writeAll, ended } = laid();
  const pieces: number[] = [];
  pipe.onBytes = (bytes) => pieces.push(bytes.length);
  void readAll();
  void writeAll(TEXT).then(() => pipe.end());
  await world.run(100);
  assertEquals(got, [...TEXT]);
  assert(pieces.length > 1, `${pieces}`);
  assertEquals(ended(), true);
});

Deno.test("no more is under way than the window allows: the writer waits for the reader", async () => {
  const { world, got, readAll, writeAll } = laid({ windowBytes: 1_000 });
  let written = false;
  void writeAll(TEXT).then(() => written = true);
  await world.run(100);
  assertEquals(written, false);
  void readAll();
  await world.run(1_000);
  assertEquals([written, got.length], [true, TEXT.length]);
});

Deno.test("what is frozen arrives when it thaws, what is slow at its pace", async () => {
  const { world, pipe, got, readAll, writeAll } = laid();
  void readAll();
  pipe.freeze();
  void writeAll(TEXT);
  await world.run(1_000);
  assertEquals(got.length, 0);
  pipe.throttle(5);
  pipe.thaw();
  await world.run(1_100);
  assertEquals(got.length, TEXT.length, "what had been under way before");
  void writeAll(TEXT);
  await world.run(1_600);
  assert(got.length > TEXT.length && got.length < 2 * TEXT.length, `${got.length}`);
  pipe.throttle(Infinity);
  await world.run(1_700);
  assertEquals(got.slice(TEXT.length), [...TEXT]);
});

Deno.test("what breaks loses what is under way, and both sides are told", async () => {
  const { world, pipe, got, readAll, writeAll } = laid();
  const read = assertRejects(() => readAll(), Deno.errors.ConnectionReset);
  void writeAll(TEXT);
  await world.run(0.5);
  pipe.reset();
  const write = assertRejects(() => writeAll(TEXT), Deno.errors.ConnectionReset);
  await world.run(100);
  await Promise.all([read, write]);
  assertEquals(got, []);
});
