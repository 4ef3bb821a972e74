import { assertEquals } from "@std/assert";
import { encodePayload, payloadFlags } from "../endpoint/codec.ts";
import { MeshClient } from "../client/mesh_client.ts";
import { MessageSender } from "../endpoint/message_sender.ts";
import { MeshError } from "../errors.ts";
import { FRAME_MAX_BYTES, STREAM_WINDOW_BYTES } from "../limits.ts";
import { Logger } from "../observe/log.ts";
import type { LogRecord } from "../observe/log_record.ts";
import { realOutside } from "../outside/real_outside.ts";
import { deadlineTicks } from "../wire/deadline.ts";
import { parseErrorBody } from "../wire/error_body.ts";
import { FrameFlag, FrameKind } from "../wire/frame.ts";
import { FrameQueue } from "../wire/frame_queue.ts";
import { frameOf, framesIn } from "../tests/support/frames.ts";
import { NotedCalls } from "../tests/support/noted_calls.ts";
import { encodedHead } from "../tests/support/request_heads.ts";
import { Executor } from "./executor.ts";
import { readServiceModule } from "./service_module.ts";

const WHOLE = FrameFlag.FIRST | FrameFlag.LAST;

/** An executor whose frames and log can be looked at. */
class Bench implements Disposable {
  nowMs = 1_000;
  readonly queue = new FrameQueue(1 << 24);
  readonly logged: string[] = [];
  /** The timer that was set last. */
  timer = (): void => {};
  readonly executor: Executor;

  constructor(handlers: Record<string, unknown>) {
    const outside = Object.create(realOutside, {
      now: { value: () => this.nowMs },
      machineOffsetMs: { value: 0 },
      after: { value: (_ms: number, callback: () => void) => (this.timer = callback, 1) },
      cancel: { value: () => {} },
    });
    const channel = {
      queue: this.queue,
      end: { maxFrameBytes: FRAME_MAX_BYTES },
      schedule: () => {},
    };
    const place = {
      outside,
      channel,
      sender: new MessageSender(channel),
      slot: 0,
      welcome: { server: "exec-1", messageBytes: 1_000_000, timeoutMs: 5_000 },
    };
    const output = { write: ({ message }: LogRecord) => void this.logged.push(message) };
    const log = new Logger({ level: "error", format: "json" }, {}, { output, limit: null });
    const mesh = new MeshClient(new NotedCalls(), 5_000);
    this.executor = new Executor(place, mesh, [readServiceModule("s.ts", handlers)], log);
  }

  request(stream: number, target: string, input?: unknown, deadlineMs = 5_000): void {
    const deadline = deadlineTicks(deadlineMs);
    const head = encodedHead({ target, deadline, requestIdLow: stream });
    const body = Uint8Array.from([...head, ...encodePayload(input, "input")]);
    this.gets(FrameKind.REQUEST, WHOLE | payloadFlags, stream, body);
  }

  gets(kind: number, flags: number, stream: number, body?: Uint8Array): void {
    this.executor.ready();
    this.executor.frame(frameOf(kind, flags, stream, body));
  }

  /** What it has sent, in words. */
  async sent(): Promise<string[]> {
    await new Promise((resolve) => setTimeout(resolve, 0));
    return framesIn(this.queue).map(({ kind, flags, stream, body }) => {
      if (kind !== FrameKind.ERROR) {
        return `${nameOf(kind)} ${flags & (WHOLE | FrameFlag.END)} of ${stream}`;
      }
      const { error } = parseErrorBody(body);
      return `${error.code} of ${stream}${error.started ? "" : ", never begun"}`;
    });
  }

  [Symbol.dispose](): void {
    this.executor[Symbol.dispose]();
  }
}

function nameOf(kind: number): string {
  return Object.entries(FrameKind).find(([, number]) => number === kind)![0];
}

const never = () => new Promise<never>(() => {});

Deno.test("what cannot begin is said to have never begun", async () => {
  using bench = new Bench({ price: () => 1 });
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
  using bench = new Bench({ price: () => 1 });
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
  using bench = new Bench({
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
  using bench = new Bench({
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
  using bench = new Bench({ price: () => new Uint8Array(STREAM_WINDOW_BYTES * 2) });
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
  using bench = new Bench({ items });
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
  using bench = new Bench({
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
  using bench = new Bench({ never });
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
  using bench = new Bench({ price: () => begun++ });
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
  using bench = new Bench({
    huge: () => new Uint8Array(1_000_001),
    odd: () => () => {},
  });
  bench.request(1, "s.huge");
  bench.request(2, "s.odd");
  assertEquals(await bench.sent(), ["RESOURCE_EXHAUSTED of 1", "INTERNAL of 2"]);
});
