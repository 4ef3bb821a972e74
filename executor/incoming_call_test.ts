import { assert, assertEquals } from "@std/assert";
import { MeshError } from "../errors.ts";
import { STREAM_WINDOW_BYTES } from "../limits.ts";
import { ExecutorBench } from "../tests/support/executor_bench.ts";
import { frameOf } from "../tests/support/frames.ts";
import { encodedHead } from "../tests/support/request_heads.ts";
import { deadlineTicks } from "../wire/deadline.ts";
import { FrameFlag, FrameKind } from "../wire/frame.ts";
import { IncomingCall } from "./incoming_call.ts";

const WHOLE = FrameFlag.FIRST | FrameFlag.LAST;
const notWanted = () => new MeshError("CANCELLED", "nobody waits");

/** A call of one handler, whose request has not come yet. */
class CallBench extends ExecutorBench {
  readonly call: IncomingCall = new IncomingCall(this.executor, 1);
  readonly head = encodedHead({ target: "s.go", deadline: deadlineTicks(5_000) });

  constructor(go: unknown) {
    super({ go });
  }

  /** Some of the request arrives. */
  arrives(flags = WHOLE, body: Uint8Array = this.head): void {
    this.executor.ready();
    this.call.onRequest(frameOf(FrameKind.REQUEST, flags, 1, body));
  }
}

Deno.test("a call runs when its request is whole, and ends with its reply", async () => {
  const result = Promise.withResolvers<number>();
  using bench = new CallBench(() => result.promise);
  bench.arrives(FrameFlag.FIRST, bench.head.subarray(0, 40));
  assertEquals([bench.call.state, bench.call.underWay], ["arriving", undefined]);
  bench.arrives(FrameFlag.LAST, bench.head.subarray(40));
  assertEquals(bench.call.state, "running");
  assert(bench.call.underWay?.startsWith("s.go "));
  result.resolve(1);
  assertEquals(await bench.sent(), ["REPLY 7 of 1"]);
  assertEquals(bench.call.state, "ended");
});

Deno.test("a request that comes again is passed over", async () => {
  let begun = 0;
  using bench = new CallBench(() => {
    begun++;
    return new Promise(() => {});
  });
  bench.arrives();
  bench.arrives();
  assertEquals([bench.call.state, begun, await bench.sent()], ["running", 1, []]);
});

Deno.test("a cancelled call ends when its handler has, with what it was cancelled for", async () => {
  const result = Promise.withResolvers<number>();
  using bench = new CallBench(() => result.promise);
  bench.arrives();
  bench.call.cancel(notWanted());
  assertEquals([bench.call.state, await bench.sent()], ["cancelled", ["BEGUN 0 of 1"]]);
  bench.call.cancel(notWanted());
  assertEquals(await bench.sent(), [], "once is enough");
  result.resolve(1);
  assertEquals(await bench.sent(), ["CANCELLED of 1"]);
  assertEquals(bench.call.state, "ended");
});

Deno.test("a call that is cancelled before its request is whole ends at once, and has never begun", async () => {
  using bench = new CallBench(() => 1);
  bench.arrives(FrameFlag.FIRST, bench.head.subarray(0, 40));
  bench.call.cancel(notWanted());
  assertEquals([bench.call.state, await bench.sent()], ["ended", ["CANCELLED of 1, never begun"]]);
  bench.arrives(FrameFlag.LAST, bench.head.subarray(40));
  assertEquals([bench.call.state, await bench.sent()], ["ended", []]);
});

Deno.test("a call is there until its reply has left, and a cancellation ends it then at once", async () => {
  using bench = new CallBench(() => new Uint8Array(2 * STREAM_WINDOW_BYTES));
  bench.arrives();
  await bench.sent();
  assertEquals(bench.call.state, "sending");
  bench.call.cancel(notWanted());
  assertEquals([bench.call.state, await bench.sent()], ["ended", ["CANCELLED of 1"]]);
  using patient = new CallBench(() => new Uint8Array(2 * STREAM_WINDOW_BYTES));
  patient.arrives();
  patient.executor.sender.grant(patient.call.out, STREAM_WINDOW_BYTES);
  assertEquals(patient.call.state, "sending");
  for (let room = 0; room < 100 && patient.call.state === "sending"; room++) {
    await patient.sent();
    patient.executor.sender.grant(patient.call.out, STREAM_WINDOW_BYTES);
  }
  assertEquals(patient.call.state, "ended");
});

Deno.test("a deadline cancels a call that runs", async () => {
  using bench = new CallBench(() => new Promise(() => {}));
  bench.arrives();
  bench.call.due();
  assertEquals([bench.call.state, await bench.sent()], ["cancelled", ["BEGUN 0 of 1"]]);
});

Deno.test("a generator's call is running until it has given all", async () => {
  const next = Promise.withResolvers<void>();
  using bench = new CallBench(async function* () {
    yield 1;
    await next.promise;
  });
  bench.arrives();
  assertEquals(await bench.sent(), ["REPLY 3 of 1"]);
  assertEquals(bench.call.state, "running");
  next.resolve();
  assertEquals(await bench.sent(), ["END 0 of 1"]);
  assertEquals(bench.call.state, "ended");
});
