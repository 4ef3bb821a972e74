import { assert, assertAlmostEquals, assertEquals, assertMatch } from "@std/assert";
import fc from "fast-check";
import { dispatcherBench as bench } from "../../tests/support/dispatcher_bench.ts";
import { tally } from "../../tests/support/servers.ts";

Deno.test("a call goes to the process with the fewest calls in flight", () => {
  const { dispatcher, add, admit, at, finish } = bench();
  for (const id of [0, 1, 2]) add(id);
  for (let call = 0; call < 6; call++) assertEquals(admit(call), "delivered");
  assertEquals(tally([...at.values()].map(String)), { 0: 2, 1: 2, 2: 2 });
  finish(3);
  admit(6);
  assertEquals(at.get(6), at.get(3));
  assertEquals(dispatcher.inFlight(0), 2);
});

Deno.test("calls of other services count as load of the process", () => {
  const { dispatcher, admit, at } = bench();
  dispatcher.addProcess({ id: 0, services: new Map([["quotes", 9], ["news", 9]]) });
  dispatcher.addProcess({ id: 1, services: new Map([["quotes", 9]]) });
  dispatcher.admit(100, "news", 5_000);
  assertEquals([admit(1), at.get(1)], ["delivered", 1]);
});

Deno.test("equally busy processes take turns", () => {
  const { add, admit, at, finish } = bench();
  for (const id of [0, 1, 2]) add(id);
  for (let call = 0; call < 30; call++) {
    admit(call);
    finish(call);
  }
  assertEquals(tally([...at.values()].map(String)), { 0: 10, 1: 10, 2: 10 });
});

Deno.test("calls with the same key prefer the same process while none is less busy", () => {
  const { add, admit, at, finish } = bench();
  for (const id of [0, 1, 2, 3]) add(id);
  const processOf = (call: number, key: number) => {
    admit(call, 5_000, key);
    const process = at.get(call)!;
    finish(call);
    return process;
  };
  const used = new Set<number>();
  for (let key = 1; key <= 50; key++) {
    const first = processOf(key * 10, key);
    used.add(first);
    for (let i = 1; i < 5; i++) assertEquals(processOf(key * 10 + i, key), first);
  }
  assertEquals(used.size, 4);
  admit(9_000, 5_000, 7);
  admit(9_001, 5_000, 7);
  assert(at.get(9_000) !== at.get(9_001), "affinity never queues behind a busy process");
});

Deno.test("no call waits while a process has room, and waiting calls go in order", () => {
  fc.assert(fc.property(
    fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 4 }),
    fc.array(fc.integer({ min: 0, max: 99 }), { maxLength: 200 }),
    (limits, steps) => {
      const { dispatcher, add, admit, at, order, finish, waiting } = bench();
      limits.forEach((limit, id) => add(id, limit));
      const room = limits.reduce((sum, limit) => sum + limit, 0);
      const ended = new Set<number>();
      let next = 0;
      for (const step of steps) {
        const before = order.filter((call) => !ended.has(call));
        if (step % 2 === 0) admit(next++);
        else if (before.length > 0) {
          const call = before[step % before.length]!;
          ended.add(call);
          finish(call);
        }
        const running = order.filter((call) => !ended.has(call));
        assert(waiting() === 0 || running.length === room);
        assertEquals(waiting(), next - order.length);
        for (const [id, limit] of limits.entries()) {
          const here = running.filter((call) => at.get(call) === id).length;
          assert(here <= limit);
          assertEquals(dispatcher.inFlight(id), here);
        }
      }
      assertEquals(order, [...order].sort((a, b) => a - b));
    },
  ));
});

Deno.test("calls beyond the concurrency wait, and the queue's bound refuses the next at once", () => {
  const { add, admit, refusals, order, waiting } = bench({ queueMaxCalls: 2 });
  add(0, 1);
  assertEquals([0, 1, 2, 3].map((call) => admit(call)), [
    "delivered",
    "queued",
    "queued",
    "refused",
  ]);
  assertEquals(refusals.get(3)!.code, "RESOURCE_EXHAUSTED");
  assertEquals(waiting(), 2);
  assertEquals(order, [0]);
});

Deno.test("suspects that wait take of the room that others wait in", () => {
  const { dispatcher, add, admit, refusals } = bench({ queueMaxCalls: 2 });
  add(0, 1);
  const suspect = (call: number) => dispatcher.admit(call, "quotes", 5_000, 0, true);
  assertEquals([admit(0), admit(1), suspect(2)], ["delivered", "queued", "queued"]);
  assertEquals([dispatcher.waiting("quotes"), dispatcher.waiting("news")], [2, 0]);
  assertEquals([admit(3), suspect(4)], ["refused", "refused"]);
  assertEquals([...refusals.keys()], [3, 4]);
});

Deno.test("a waiting call whose deadline passes is never delivered", () => {
  const { clock, dispatcher, add, admit, refusals, order, finish } = bench();
  add(0, 1);
  admit(0);
  admit(1, 50);
  admit(2, 5_000);
  clock.ms = 60;
  finish(0);
  assertEquals(order, [0, 2]);
  assertEquals(refusals.get(1)!.code, "DEADLINE_EXCEEDED");
  assertEquals(dispatcher.snapshot()[0]!.counters, {
    delivered: 2,
    queued: 2,
    refused: 0,
    expired: 1,
  });
});

Deno.test("a call that arrives after its deadline is refused, even by an idle process", () => {
  const { add, admit, refusals } = bench();
  add(0);
  assertEquals(admit(1, 0), "refused");
  assertEquals(refusals.get(1)!.code, "DEADLINE_EXCEEDED");
});

Deno.test("a sweep ends what is late and says when to sweep again", () => {
  const { clock, dispatcher, add, admit, refusals } = bench();
  add(0, 1);
  assertEquals(dispatcher.sweep(), Infinity);
  admit(0);
  admit(1, 500);
  admit(2, 50);
  admit(3, 80);
  assertEquals(dispatcher.sweep(), 50);
  clock.ms = 50;
  assertEquals(dispatcher.sweep(), 80);
  assertEquals([...refusals.keys()], [2]);
  clock.ms = 500;
  assertEquals(dispatcher.sweep(), Infinity);
  assertEquals([...refusals.keys()], [2, 1, 3]);
});

Deno.test("a cancelled call leaves the queue without a word", () => {
  const { dispatcher, add, admit, order, refusals, finish } = bench();
  add(0, 1);
  for (const call of [0, 1, 2]) admit(call);
  assertEquals(dispatcher.cancel(1, "quotes"), true);
  assertEquals(dispatcher.cancel(1, "quotes"), false);
  assertEquals(dispatcher.cancel(0, "quotes"), false);
  finish(0);
  assertEquals(order, [0, 2]);
  assertEquals(refusals.size, 0);
});

Deno.test("a draining process gets nothing, and what it has is still counted", () => {
  const { dispatcher, add, admit, at, finish } = bench();
  add(0);
  add(1);
  admit(0);
  dispatcher.drainProcess(at.get(0)!);
  for (const call of [1, 2, 3]) {
    admit(call);
    assert(at.get(call) !== at.get(0));
  }
  assertEquals(dispatcher.inFlight(at.get(0)!), 1);
  finish(0);
  assertEquals(dispatcher.inFlight(at.get(0)!), 0);
});

Deno.test("a new process takes waiting calls at once", () => {
  const { add, admit, order } = bench();
  add(0, 1);
  for (const call of [0, 1, 2]) admit(call);
  add(1, 1);
  assertEquals(order, [0, 1]);
});

Deno.test("when the last process goes, waiting calls are refused so that another server can take them", () => {
  for (const how of ["processGone", "drainProcess"] as const) {
    const { dispatcher, add, admit, refusals } = bench();
    add(0, 1);
    admit(0);
    admit(1);
    dispatcher[how](0);
    assertEquals([...refusals.keys()], [1]);
    assertEquals(refusals.get(1)!.code, "UNAVAILABLE");
    assertEquals(admit(2), "refused");
    assertEquals(refusals.get(2)!.code, "UNAVAILABLE");
    assertEquals(dispatcher.services(), []);
  }
});

Deno.test("a process that is gone can come back under its old id", () => {
  const { dispatcher, add, admit, at, finish } = bench();
  add(0, 1);
  admit(0);
  dispatcher.processGone(0);
  finish(0); // late: the id is unknown now
  add(0, 1);
  assertEquals([admit(1), at.get(1), dispatcher.inFlight(0)], ["delivered", 0, 1]);
});

Deno.test("a service that no process offers is unavailable", () => {
  const { admit, refusals } = bench();
  assertEquals(admit(1), "refused");
  assertMatch(refusals.get(1)!.message, /"quotes"/);
});

Deno.test("a burst is served whole, however long its tail waits", () => {
  const { clock, dispatcher, add, admit, order, refusals, finish } = bench();
  add(0, 1);
  for (let call = 0; call < 40; call++) admit(call);
  for (let call = 0; call < 40; call++) {
    clock.ms += 100;
    finish(call);
    dispatcher.sweep();
  }
  assertEquals([order.length, refusals.size], [40, 0]);
});

Deno.test("under a standing overload calls are refused at once and those served have waited little", () => {
  const { clock, dispatcher, add, admit, order, refusals, finish } = bench();
  add(0, 10);
  const served: number[] = [];
  const arrived: number[] = [];
  const busyUntil = new Map<number, number>();
  // 10 at once of 20 ms each: 500 per second; twice as many arrive, for 20 s.
  let next = 0;
  for (clock.ms = 1; clock.ms <= 20_000; clock.ms++) {
    for (const [call, until] of [...busyUntil]) {
      if (until > clock.ms) continue;
      busyUntil.delete(call);
      finish(call);
    }
    arrived[next] = clock.ms;
    admit(next++);
    for (const call of order.slice(served.length)) {
      served.push(clock.ms - arrived[call]!);
      busyUntil.set(call, clock.ms + 20);
    }
    if (clock.ms % 10 === 0) dispatcher.sweep();
  }
  // Nothing is wasted: the processes were busy all the time …
  assert(served.length > 9_900, `${served.length} served`);
  // … and after the first seconds no call that was served waited longer than the target.
  const late = served.slice(2_500);
  assert(Math.max(...late) <= 100, `${Math.max(...late)} ms`);
  assertEquals(
    new Set([...refusals.values()].map(({ code }) => code)),
    new Set(["RESOURCE_EXHAUSTED"]),
  );
  assertEquals(dispatcher.snapshot()[0]!.overloaded, true);
});

Deno.test("an overload is over when nothing had to be refused for an interval", () => {
  const { clock, dispatcher, add, admit, order, refusals, finish, waiting } = bench();
  add(0, 1);
  let next = 0;
  for (let i = 0; i < 30; i++) {
    admit(next++);
    admit(next++);
    clock.ms += 100;
    finish(order.at(-1)!);
  }
  assertEquals(dispatcher.snapshot()[0]!.overloaded, true);
  while (dispatcher.inFlight(0) > 0) finish(order.at(-1)!);
  refusals.clear();
  clock.ms += 1_000;
  for (let i = 0; i < 20; i++) admit(next++); // a burst again, which waits
  assertEquals(dispatcher.snapshot()[0]!.overloaded, false);
  assertEquals([waiting(), refusals.size], [19, 0]);
});

Deno.test("when all that waited is too late, the next call waits for the target, also under an overload", () => {
  const { clock, add, admit, finish, dispatcher, refusals } = bench();
  add(0, 1);
  assertEquals([admit(0), admit(1)], ["delivered", "queued"]);
  clock.ms = 900;
  assertEquals(admit(2, 500), "queued");
  clock.ms = 1_200;
  finish(0); // the next one has waited long: there is an overload
  clock.ms = 1_450;
  dispatcher.sweep();
  assertEquals(refusals.get(2)?.code, "DEADLINE_EXCEEDED");
  assertEquals([admit(3), refusals.has(3)], ["queued", false]);
});

Deno.test("calls of a service whose processes hang are refused at once after a while", () => {
  const { clock, add, admit, refusals } = bench();
  add(0, 1);
  admit(0, 60_000);
  admit(1, 60_000);
  clock.ms = 999;
  assertEquals(admit(2, 60_000), "queued");
  clock.ms = 1_001;
  assertEquals(admit(3, 60_000), "refused");
  assertMatch(refusals.get(3)!.message, /overloaded/);
});

Deno.test("the report tells how long calls took that ended well, and of others no less than they took", () => {
  const { clock, dispatcher, add, admit, at, report } = bench();
  assertEquals(report(), { queueDepth: 0, latencyMs: 0 });
  add(0);
  const end = (call: number, ms: number, ok: boolean) => {
    admit(call);
    clock.ms += ms;
    dispatcher.released(at.get(call)!, "quotes", ms, ok);
    return report().latencyMs;
  };
  assertEquals(end(0, 200, true), 200);
  assertEquals(end(1, 5, false), 200, "a quick failure is no quick service");
  assert(end(2, 5_000, false) > 4_000);
  admit(3);
  clock.ms += 10_000;
  dispatcher.answered("quotes", 50);
  assertAlmostEquals(report().latencyMs, 50, 1);
});

Deno.test("suspects are kept apart: a process works on one of them at a time, and on other calls beside it", () => {
  const { dispatcher, add, admit, at, clock } = bench();
  for (const id of [0, 1]) add(id);
  const suspect = (call: number) => dispatcher.admit(call, "quotes", clock.ms + 5_000, 0, true);
  assertEquals([1, 2, 3, 4].map(suspect), ["delivered", "delivered", "queued", "queued"]);
  assert(at.get(1) !== at.get(2));
  assertEquals(admit(5), "delivered", "others do not wait for them");
  dispatcher.released(at.get(2)!, "quotes", undefined, true, true);
  assertEquals(at.get(3), at.get(2));
  assertEquals(at.get(4), undefined);
  dispatcher.processGone(at.get(3)!);
  assertEquals(at.get(4), undefined, "the other process has a suspect");
  dispatcher.addProcess({ id: 7, services: new Map([["quotes", Infinity]]) });
  assertEquals(at.get(4), 7);
});

Deno.test("a suspect that has waited long enough goes to any process; at its deadline it is refused", () => {
  const { dispatcher, add, at, clock, refusals } = bench();
  add(0, 2);
  const suspect = (call: number, deadlineMs: number) =>
    dispatcher.admit(call, "quotes", clock.ms + deadlineMs, 0, true);
  suspect(1, 5_000);
  suspect(2, 5_000);
  suspect(3, 50);
  suspect(4, 5_000);
  assert(dispatcher.sweep() <= 50);
  clock.ms = 2_499;
  dispatcher.sweep();
  assertEquals([at.has(2), refusals.get(3)?.code], [false, "DEADLINE_EXCEEDED"]);
  clock.ms = 2_500;
  assert(dispatcher.sweep() < Infinity, "one more waits");
  assertEquals([at.get(2), at.has(4)], [0, false], "as many as the process takes");
  assert(dispatcher.cancel(4, "quotes"));
  assertEquals(dispatcher.sweep(), Infinity);
  dispatcher.released(0, "quotes", undefined, true, true);
  dispatcher.released(0, "quotes", undefined, true, true);
  assertEquals(dispatcher.inFlight(0), 0);
  assertEquals(suspect(5, 5_000), "delivered");
});

Deno.test("suspects that wait are refused when the last process goes", () => {
  const { dispatcher, add, clock, refusals } = bench();
  add(0);
  for (const call of [1, 2]) dispatcher.admit(call, "quotes", clock.ms + 5_000, 0, true);
  dispatcher.processGone(0);
  assertEquals(refusals.get(2)?.code, "UNAVAILABLE");
});
