import { assertEquals, assertThrows } from "@std/assert";
import { realOutside } from "../../outside/real_outside.ts";
import { Dispatcher } from "../../routing/dispatch/dispatcher.ts";
import { Router } from "../../routing/router.ts";
import { framesIn } from "../../tests/support/frames.ts";
import { TestPort } from "../../tests/support/proxy_calls.ts";
import { encodedHead } from "../../tests/support/request_heads.ts";
import { server } from "../../tests/support/servers.ts";
import { deadlineTicks } from "../../wire/deadline.ts";
import { parseErrorBody } from "../../wire/error_body.ts";
import { FrameFlag, FrameKind } from "../../wire/frame.ts";
import { FrameQueue } from "../../wire/frame_queue.ts";
import { RequestHeadReader } from "../../wire/request_head.ts";
import { BurstClock } from "./burst_clock.ts";
import type { ProxyCall } from "./call.ts";
import { newCounters } from "./counters.ts";
import { DecisionLog } from "./decision_log.ts";
import { PortFault } from "./port.ts";
import { Switchboard } from "./switchboard.ts";

const { FIRST, LAST, END } = FrameFlag;
const WHOLE = FIRST | LAST;
/** The process that answers, in the slot of this index. */
const PROCESS = 1;

/** A proxy's switchboard between a caller's slot, a process's slot, and a link to another server. */
class Bench {
  nowMs = 0;
  readonly caller = new TestPort("slot", "slot 0");
  readonly process = new TestPort("slot", "slot 1");
  readonly link = new TestPort("link", "link to exec-1");
  readonly counters = newCounters();
  readonly failures: unknown[] = [];
  readonly dispatcher: Dispatcher<ProxyCall>;
  readonly switchboard: Switchboard;
  /** Whether asking for the link is a fault of the proxy. */
  linkThrows = false;
  /** Calls that wait for a process, so far. */
  queued = 0;

  /** @param local Whether the service is here; else `exec-1` has it. */
  constructor(local = true, callsMax = 100) {
    const outside = Object.create(realOutside, {
      now: { value: () => this.nowMs },
      machineOffsetMs: { value: 0 },
    });
    const now = () => this.nowMs;
    const router = new Router({ self: "web-1", groups: [], now, random: () => 0 });
    router.update([local ? server("web-1", ["a"], { local: true }) : server("exec-1", ["a"])]);
    this.dispatcher = new Dispatcher<ProxyCall>({
      now,
      deliver: (call, view) => this.switchboard.deliver(call, view),
      refuse: (call, code, message) => this.switchboard.refuse(call, code, message),
    });
    this.switchboard = new Switchboard({
      self: "web-1",
      callsMax,
      silenceMs: 60_000,
      silent: () => {},
      router,
      dispatcher: this.dispatcher,
      slotPort: (slot) => slot === PROCESS ? this.process : undefined,
      linkPort: () => {
        if (this.linkThrows) throw new Error("a fault of the proxy");
        return this.link;
      },
      isIdempotent: () => false,
      onQueued: () => this.queued++,
      failed: (error) => this.failures.push(error),
      decisions: new DecisionLog(),
      clock: new BurstClock(outside),
      counters: this.counters,
    });
    this.dispatcher.addProcess({ id: PROCESS, services: new Map([["a", 1]]) });
  }

  /** A frame comes in from a port. */
  frame(port: TestPort, kind: number, flags: number, stream: number, body = new Uint8Array(0)) {
    this.burst(port, [kind, flags, stream, body]);
  }

  /** Frames come in at once. */
  burst(port: TestPort, ...frames: Parameters<FrameQueue["append"]>[]): void {
    const queue = new FrameQueue(1 << 20);
    for (const frame of frames) queue.append(...frame);
    this.switchboard.frames(port, queue.bytes, queue.words, 0, queue.tail);
  }

  /** A call of `a.b`, due at 1,000 ms, comes in. */
  request(stream: number, port = this.caller, flags = WHOLE): void {
    this.frame(port, FrameKind.REQUEST, flags, stream, encodedHead({ deadline: DUE }));
  }
}

const DUE = deadlineTicks(1_000);

/** What waits to leave through a port, in words; the stream ids that this proxy gave are the table's own. */
function sent(port: TestPort): string[] {
  return framesIn(port.queue).map(({ kind, stream, body }) => {
    const name = Object.entries(FrameKind).find(([, number]) => number === kind)?.[0];
    if (kind !== FrameKind.ERROR) return `${name} ${stream}`;
    const { error, retryable } = parseErrorBody(body);
    return `${error.code} ${stream}${error.started ? "" : ", never begun"}${
      retryable ? ", again" : ""
    }`;
  });
}

Deno.test("a call goes to a process, its reply comes back under the caller's stream id, and nothing is left", () => {
  const bench = new Bench();
  const { caller, process, switchboard } = bench;
  bench.request(7);
  assertEquals([sent(process), switchboard.openCalls], [["REQUEST 0"], 1]);
  bench.frame(process, FrameKind.REPLY, WHOLE | END, 0);
  assertEquals([sent(caller), switchboard.openCalls, caller.begunCalls], [["REPLY 7"], 0, 0]);
  assertEquals(bench.counters, { ...newCounters(), requests: 1, ok: 1 });
  assertEquals(bench.dispatcher.inFlight(PROCESS), 0);
});

Deno.test("a call that no process has room for is held with all its frames, until there is room", () => {
  const bench = new Bench();
  const { caller, process } = bench;
  bench.request(1);
  bench.request(2, caller, FIRST);
  bench.frame(caller, FrameKind.REQUEST, LAST, 2);
  assertEquals([sent(process), bench.queued], [["REQUEST 0"], 1]);
  bench.frame(process, FrameKind.REPLY, WHOLE | END, 0);
  assertEquals(sent(process), ["REQUEST 1", "REQUEST 1"]);
});

Deno.test("a call to another server takes its link, and one that comes over a link stays here", () => {
  const away = new Bench(false);
  away.request(1);
  assertEquals(sent(away.link), ["REQUEST 0"]);
  const here = new Bench();
  here.link.localDeadline = () => DUE;
  here.request(5, here.link);
  assertEquals(sent(here.process), ["REQUEST 0"]);
  here.switchboard.drain();
  here.request(6, here.link);
  assertEquals(sent(here.link), ["UNAVAILABLE 6, never begun, again"]);
});

Deno.test("a cancelled call is its target's until that has ended it, its caller hears when it has begun", () => {
  const bench = new Bench();
  const { caller, process, switchboard } = bench;
  bench.request(1);
  bench.nowMs = 10;
  bench.frame(caller, FrameKind.CANCEL, 0, 1);
  bench.frame(caller, FrameKind.CANCEL, 0, 1);
  assertEquals([sent(process), sent(caller)], [["REQUEST 0", "CANCEL 0"], []]);
  switchboard.begun(process, 0);
  switchboard.begun(process, 0);
  assertEquals([sent(caller), switchboard.openCalls], [["CANCELLED 1"], 1]);
  bench.frame(process, FrameKind.REPLY, WHOLE | END, 0);
  assertEquals([sent(caller), switchboard.openCalls], [[], 0]);
  assertEquals([bench.counters.cancelled, bench.counters.failed], [1, { CANCELLED: 1 }]);
});

Deno.test("a call that is cancelled while it is held never gets to a process", () => {
  const bench = new Bench();
  bench.request(1);
  bench.request(2);
  bench.frame(bench.caller, FrameKind.CANCEL, 0, 2);
  assertEquals(sent(bench.caller), ["CANCELLED 2, never begun"]);
  bench.frame(bench.process, FrameKind.REPLY, WHOLE | END, 0);
  assertEquals([sent(bench.process), bench.switchboard.openCalls], [["REQUEST 0"], 0]);
});

Deno.test("when a process is gone its calls end, and may have begun if it had read them", () => {
  for (const [allUnread, said] of [[true, ", never begun, again"], [false, ""]] as const) {
    const bench = new Bench();
    bench.process.allUnread = allUnread;
    bench.request(1);
    bench.switchboard.portGone(bench.process, "its process died");
    assertEquals([sent(bench.caller), bench.switchboard.openCalls], [[`UNAVAILABLE 1${said}`], 0]);
  }
});

Deno.test("when a caller is gone its calls are cancelled, and what waited is dropped", () => {
  const bench = new Bench();
  bench.request(1);
  bench.request(2);
  bench.switchboard.portGone(bench.caller, "its process died");
  assertEquals([sent(bench.process), bench.switchboard.openCalls], [["REQUEST 0", "CANCEL 0"], 1]);
  bench.frame(bench.process, FrameKind.REPLY, WHOLE | END, 0);
  assertEquals([sent(bench.process), sent(bench.caller), bench.switchboard.openCalls], [[], [], 0]);
});

Deno.test("who is full is sent no data: a request is refused, a reply is given up", () => {
  const target = new Bench();
  target.process.queueMaxBytes = -1;
  target.request(1);
  assertEquals(sent(target.caller), ["RESOURCE_EXHAUSTED 1, never begun, again"]);
  assertEquals([target.switchboard.openCalls, target.process.refusedFrames], [0, 1]);
  const origin = new Bench();
  origin.request(1);
  origin.caller.queueMaxBytes = -1;
  origin.frame(origin.process, FrameKind.REPLY, WHOLE, 0);
  assertEquals(sent(origin.caller), ["RESOURCE_EXHAUSTED 1"]);
  assertEquals(sent(origin.process), ["REQUEST 0", "CANCEL 0"]);
  assertEquals(origin.switchboard.openCalls, 1);
  origin.frame(origin.process, FrameKind.END, 0, 0);
  assertEquals([origin.switchboard.openCalls, sent(origin.caller)], [0, []]);
});

Deno.test("of a held request that its process has no room for as a whole, the rest is not sent", () => {
  const bench = new Bench();
  const { caller, process } = bench;
  bench.request(1);
  bench.request(2, caller, FIRST);
  for (const flags of [0, 0, LAST]) {
    bench.frame(caller, FrameKind.REQUEST, flags, 2, new Uint8Array(1_000));
  }
  sent(process);
  process.queueMaxBytes = 1_000;
  bench.frame(process, FrameKind.REPLY, WHOLE | END, 0);
  assertEquals(sent(process), ["REQUEST 1", "REQUEST 1", "CANCEL 1"]);
  assertEquals(sent(caller), ["REPLY 1", "RESOURCE_EXHAUSTED 2, never begun, again"]);
  bench.frame(process, FrameKind.ERROR, WHOLE, 1, new Uint8Array(1));
  assertEquals([bench.switchboard.openCalls, bench.failures], [0, []]);
});

Deno.test("at the server's end calls of its processes end, and may have begun if they came whole", () => {
  for (const [flags, said] of [[WHOLE, ""], [FIRST, ", never begun, again"]] as const) {
    const bench = new Bench();
    // Its process lives on for a moment, and may read it.
    bench.process.allUnread = true;
    bench.request(1, bench.caller, flags);
    bench.switchboard.endAll("its server ends");
    assertEquals(sent(bench.caller), [`UNAVAILABLE 1${said}`]);
    assertEquals(sent(bench.process), ["REQUEST 0", "CANCEL 0"]);
  }
});

Deno.test("what an old peer gets is a head that it knows: with the time that is left", () => {
  for (const [knows, deadline] of [[true, DUE], [false, 600]] as const) {
    const bench = new Bench(false);
    bench.nowMs = 400;
    bench.link.knowsDeadlines = knows;
    bench.request(1);
    const [request] = framesIn(bench.link.queue);
    const head = new RequestHeadReader();
    assertEquals(head.parse(request!.body, 0, request!.body.length), undefined);
    assertEquals(head.deadline, deadline);
  }
});

Deno.test("a fault of the proxy costs the frame that it met, and none behind it", () => {
  const bench = new Bench(false);
  bench.linkThrows = true;
  const body = encodedHead({ deadline: DUE });
  bench.burst(
    bench.caller,
    [FrameKind.REQUEST, WHOLE, 1, body],
    [FrameKind.CANCEL, 0, 9, new Uint8Array(0)],
  );
  assertEquals([bench.failures.length, bench.counters.lateFrames], [1, 1]);
});

Deno.test("there are so many calls and no more, of one port half of them", () => {
  const bench = new Bench(true, 4);
  for (const stream of [1, 2, 3]) bench.request(stream);
  assertEquals(sent(bench.caller), ["RESOURCE_EXHAUSTED 3, never begun"]);
  assertEquals([bench.switchboard.openCalls, bench.counters.refused], [2, 1]);
});

Deno.test("what no correct peer sends costs it its port", () => {
  const bench = new Bench();
  bench.request(1);
  const fault = (act: () => void, why: string) => assertThrows(act, PortFault, why);
  fault(() => bench.request(1), "used stream 1 again");
  fault(() => bench.frame(bench.caller, FrameKind.REQUEST, WHOLE, 2), "malformed head (cut)");
  fault(() => bench.frame(bench.caller, FrameKind.PING, 0, 0), "which is not for a proxy");
  assertEquals([bench.switchboard.openCalls, bench.failures], [1, []]);
});

Deno.test("frames of calls that have ended, and answers of who was not asked, are dropped and counted", () => {
  const bench = new Bench();
  bench.request(1);
  bench.frame(bench.link, FrameKind.REPLY, WHOLE | END, 0);
  bench.frame(bench.process, FrameKind.REPLY, WHOLE | END, 77);
  bench.frame(bench.caller, FrameKind.CANCEL, 0, 9);
  assertEquals([bench.counters.lateFrames, bench.switchboard.openCalls, sent(bench.caller)], [
    3,
    1,
    [],
  ]);
});
