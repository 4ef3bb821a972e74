import { assertEquals } from "@std/assert";
import type { Code } from "../../errors.ts";
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
import { Switchboard } from "./switchboard.ts";

const WHOLE = FrameFlag.FIRST | FrameFlag.LAST;
const NOW_MS = 1_000;

/** A proxy with a process that calls, one that answers `here.*`, and a link to a server that answers `there.*`. */
class Bench {
  readonly caller = new TestPort("slot", "the caller");
  readonly worker = new TestPort("slot", "the worker");
  readonly link = new TestPort("link", "the link");
  readonly failures: unknown[] = [];
  linkThrows = false;
  readonly switchboard: Switchboard;

  constructor(callsMax = 100) {
    const clock = new BurstClock(Object.create(realOutside, {
      now: { value: () => NOW_MS },
      machineOffsetMs: { value: 0 },
    }));
    const now = () => NOW_MS;
    const router = new Router({ self: "web-1", groups: [], now, random: () => 0.5 });
    router.update([server("web-1", ["here"], { local: true }), server("exec-1", ["there"])]);
    const dispatcher = new Dispatcher<ProxyCall>({
      now,
      deliver: (call, process) => this.switchboard.deliver(call, process),
      refuse: (call, code, message) => this.switchboard.refuse(call, code, message),
    });
    dispatcher.addProcess({ id: 3, services: new Map([["here", Infinity]]) });
    this.switchboard = new Switchboard({
      ...{ self: "web-1", callsMax, router, dispatcher, clock },
      ...{ silenceMs: 60_000, silent: () => {} },
      slotPort: () => this.worker,
      linkPort: () => {
        if (this.linkThrows) throw new Error("a fault of the proxy");
        return this.link;
      },
      isIdempotent: () => true,
      onQueued: () => {},
      failed: (error) => this.failures.push(error),
      decisions: new DecisionLog(),
      counters: newCounters(),
    });
  }

  /** Requests in one burst. */
  asks(...requests: { target: string; stream: number; flags?: number }[]): void {
    const queue = new FrameQueue(1 << 20);
    for (const { target, stream, flags = WHOLE } of requests) {
      const head = encodedHead({ target, deadline: deadlineTicks(NOW_MS + 500) });
      queue.append(FrameKind.REQUEST, flags, stream, head);
    }
    this.switchboard.frames(this.caller, queue.bytes, queue.words, 0, queue.tail);
  }

  /** The errors that the caller got. */
  errors(): [stream: number, code: Code, started: boolean, again: boolean][] {
    return framesIn(this.caller.queue).map(({ stream, body }) => {
      const { error, retryable } = parseErrorBody(body);
      return [stream, error.code, error.started, retryable];
    });
  }
}

Deno.test("what an old peer gets is a head that it knows: with the time that is left", () => {
  for (const [knows, deadline] of [[true, deadlineTicks(NOW_MS + 500)], [false, 500]] as const) {
    const bench = new Bench();
    bench.link.knowsDeadlines = knows;
    bench.asks({ target: "there.price", stream: 1 });
    const [request] = framesIn(bench.link.queue);
    const head = new RequestHeadReader();
    assertEquals(head.parse(request!.body, 0, request!.body.length), undefined);
    assertEquals([head.target, head.deadline], ["there.price", deadline]);
  }
});

Deno.test("a server that ends says of each call whether it may have begun: not without its last fragment", () => {
  for (const [flags, started] of [[WHOLE, true], [FrameFlag.FIRST, false]] as const) {
    const bench = new Bench();
    // Its process lives on for a moment, and may read it.
    bench.worker.allUnread = true;
    bench.asks({ target: "here.price", stream: 7, flags });
    bench.switchboard.endAll("its server drains");
    assertEquals(bench.errors(), [[7, "UNAVAILABLE", started, true]]);
  }
});

Deno.test("a process that has half of all calls under way gets no more, and is not to try again", () => {
  const bench = new Bench(4);
  bench.asks(...[1, 2, 3].map((stream) => ({ target: "there.price", stream })));
  assertEquals(bench.errors(), [[3, "RESOURCE_EXHAUSTED", false, false]]);
  assertEquals(bench.switchboard.openCalls, 2);
});

Deno.test("a fault of the proxy costs the frame that it met, and none behind it", () => {
  const bench = new Bench();
  bench.linkThrows = true;
  bench.asks({ target: "there.price", stream: 1 }, { target: "here.price", stream: 2 });
  assertEquals(bench.failures.length, 1);
  assertEquals(framesIn(bench.worker.queue).map(({ kind }) => kind), [FrameKind.REQUEST]);
});

Deno.test("a call for a process whose queue is full never began, and may be made again", () => {
  const bench = new Bench();
  bench.worker.queueMaxBytes = -1;
  bench.asks({ target: "here.price", stream: 4 });
  assertEquals(bench.errors(), [[4, "RESOURCE_EXHAUSTED", false, true]]);
});
