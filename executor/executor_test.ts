import { assertEquals } from "@std/assert";
import { MeshError } from "../errors.ts";
import { FRAME_MAX_BYTES, STREAM_WINDOW_BYTES } from "../limits.ts";
import { ExecutorBench } from "../tests/support/executor_bench.ts";
import { frameOf } from "../tests/support/frames.ts";
import { encodedHead } from "../tests/support/request_heads.ts";
import { deadlineTicks } from "../wire/deadline.ts";
import { FrameFlag, FrameKind } from "../wire/frame.ts";

const WHOLE = FrameFlag.FIRST | FrameFlag.LAST;

const never = () => new Promise<never>(() => {});

Deno.test("what cannot begin is said to have never begun", async () => {
  using bench = new ExecutorBench({ price: () => 1 });
  bench.request(1, "s.prize");
  bench.request(2, "t.price");
  bench.request(3, "s.price", 1, bench.nowMs);
  bench.gets(FrameKind.REQUEST, WHOLE, 4, new Uint8Array(10));
  bench.gets(FrameKind.REQUEST, FrameFlag.LAST | FrameFlag.FIRST, 5, new Uint8Array(0));
  bench.gets(FrameKind.REQUEST, FrameFlag.LAST, 6, new Uint8Array(40));
  assertEquals(await bench.sent(), [
    "NOT_FOUND of 1, never begun",
    "NOT_FOUND of 2, never begun",
    "DEADLINE_EXCEEDED of 3, never begun",
    "INVALID_ARGUMENT of 4, never begun",
    "INVALID_ARGUMENT of 5, never begun",
  ]);
  assertEquals(bench.executor.openCalls, 0);
});

Deno.test("a request whose rest does not come ends with its time, and has never begun", async () => {
  using bench = new ExecutorBench({ price: () => 1 });
  const head = encodedHead({ target: "s.price", deadline: deadlineTicks(5_000), requestIdLow: 1 });
  bench.gets(FrameKind.REQUEST, FrameFlag.FIRST, 1, head);
  bench.nowMs = 4_900;
  bench.timer();
  assertEquals(await bench.sent(), []);
  bench.nowMs = 5_100;
  bench.timer();
  assertEquals(await bench.sent(), ["DEADLINE_EXCEEDED of 1, never begun"]);
  assertEquals(bench.executor.openCalls, 0);
});

Deno.test("what a handler throws is an error of a call that began; an accident is logged", async () => {
  using bench = new ExecutorBench({
    wrong: () => {
      throw new MeshError("NOT_FOUND", "nobody knows it", { started: false });
    },
    odd: () => Promise.reject(new TypeError("odd")),
  });
  bench.request(1, "s.wrong");
  bench.request(2, "s.odd");
  assertEquals(await bench.sent(), ["NOT_FOUND of 1", "INTERNAL of 2"]);
  assertEquals(bench.logged, ["s.odd threw"]);
});

Deno.test("a stream that fails gives up what waits for credit, and ends with its error", async () => {
  let closed = 0;
  using bench = new ExecutorBench({
    *items() {
      try {
        yield new Uint8Array(STREAM_WINDOW_BYTES + 10);
        throw new MeshError("NOT_FOUND", "no more");
      } finally {
        closed++;
      }
    },
  });
  bench.request(1, "s.items");
  const first = await bench.sent();
  assertEquals(new Set(first).size > 0 && first.every((one) => one.startsWith("REPLY")), true);
  bench.gets(FrameKind.CANCEL, 0, 1);
  assertEquals(await bench.sent(), ["BEGUN 0 of 1", "CANCELLED of 1"]);
  assertEquals([closed, bench.executor.openCalls], [1, 0]);
});

Deno.test("a reply that waits for credit is given up when its caller does not wait any more", async () => {
  using bench = new ExecutorBench({ price: () => new Uint8Array(STREAM_WINDOW_BYTES * 2) });
  bench.request(1, "s.price");
  await bench.sent();
  assertEquals(bench.executor.openCalls, 1);
  bench.gets(FrameKind.CANCEL, 0, 1);
  assertEquals(await bench.sent(), ["CANCELLED of 1"]);
  assertEquals(bench.executor.openCalls, 0);
});

Deno.test("a generator is closed once, also when its closing throws", async () => {
  const closed: string[] = [];
  const items = () => ({
    [Symbol.asyncIterator]: () => ({
      next: () => Promise.resolve({ value: "item", done: false }),
      return: () => {
        closed.push("closed");
        return Promise.reject(new Error("not so fast"));
      },
    }),
  });
  using bench = new ExecutorBench({ items });
  bench.request(1, "s.items");
  await bench.sent();
  for (let turn = 0; bench.executor.openCalls > 0 && turn < 100; turn++) {
    bench.gets(FrameKind.CANCEL, 0, 1);
    await bench.sent();
  }
  assertEquals(closed, ["closed"]);
});

Deno.test("an executor tells when its last call has ended, and names what it works on", async () => {
  const ends: (() => void)[] = [];
  using bench = new ExecutorBench({
    slow: () => new Promise<void>((resolve) => ends.push(resolve)),
    never,
  });
  let idle = 0;
  bench.executor.onIdle = () => idle++;
  bench.request(1, "s.slow");
  bench.request(2, "s.slow");
  assertEquals(bench.executor.underWay().map((name) => name.split(" ")[0]), ["s.slow", "s.slow"]);
  ends[0]!();
  await bench.sent();
  assertEquals(idle, 0);
  ends[1]!();
  await bench.sent();
  assertEquals([idle, bench.executor.openCalls], [1, 0]);
  for (let stream = 10; stream < 40; stream++) bench.request(stream, "s.never");
  assertEquals(bench.executor.underWay().length, 16);
});

Deno.test("a turn begins one request, and further ones while it is short", () => {
  using bench = new ExecutorBench({ never });
  const { executor } = bench;
  executor.turn();
  assertEquals([executor.ready(), executor.ready()], [true, true]);
  bench.nowMs += 100;
  assertEquals(executor.ready(), false);
  executor.turn();
  assertEquals(executor.ready(), true);
});

Deno.test("a request that is cancelled while it waits for its turn does not begin", async () => {
  let begun = 0;
  using bench = new ExecutorBench({ price: () => begun++ });
  const { executor } = bench;
  executor.turn();
  executor.ready();
  bench.nowMs += 100;
  assertEquals(executor.ready(), false);
  executor.frame(frameOf(FrameKind.CANCEL, 0, 7));
  executor.turn();
  bench.request(7, "s.price");
  bench.request(8, "s.price");
  assertEquals((await bench.sent())[0], "CANCELLED of 7, never begun");
  assertEquals(begun, 1);
  executor.turn();
  executor.frame(frameOf(FrameKind.CANCEL, 0, 9));
  bench.request(9, "s.price");
  assertEquals(begun, 2, "nothing waited: the CANCEL was of an ended call");
});

Deno.test("a reply beyond the process's bound ends its call, and so does one that cannot be sent", async () => {
  using bench = new ExecutorBench({
    huge: () => new Uint8Array(1_000_001),
    odd: () => () => {},
  });
  bench.request(1, "s.huge");
  bench.request(2, "s.odd");
  assertEquals(await bench.sent(), ["RESOURCE_EXHAUSTED of 1", "INTERNAL of 2"]);
});

Deno.test("what a process says on its own is sent at once: the late end of a stream, a begun call, credit", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  using bench = new ExecutorBench({
    items: async function* () {
      yield 1;
      await promise;
    },
    price: never,
  });
  const allIsSent = () => assertEquals(bench.scheduled, bench.queue.appendedBytes);
  bench.request(1, "s.items");
  bench.request(2, "s.price");
  await bench.sent();
  resolve();
  await new Promise((done) => setTimeout(done, 0));
  allIsSent();
  bench.gets(FrameKind.CANCEL, 0, 2);
  allIsSent();
  const fragment = new Uint8Array(FRAME_MAX_BYTES - 100);
  for (let i = 0; i < 2; i++) {
    bench.gets(FrameKind.REQUEST, i === 0 ? FrameFlag.FIRST : 0, 3, fragment);
  }
  allIsSent();
  assertEquals(await bench.sent(), ["END 0 of 1", "BEGUN 0 of 2", "REQUEST_CREDIT 0 of 3"]);
});
