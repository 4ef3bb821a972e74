import { assertEquals } from "@std/assert";
import FakeTimers from "@sinonjs/fake-timers";
import { realOutside } from "../outside/real_outside.ts";
import { type Deadlined, DeadlineWheel } from "./deadline_wheel.ts";

function entry(log: string[], name: string): Deadlined {
  return { nextDue: null, previousDue: null, bucket: -1, due: () => log.push(name) };
}

function withFakeClock(
  body: (clock: ReturnType<typeof FakeTimers.install>, wheel: DeadlineWheel) => void,
) {
  const clock = FakeTimers.install({ toFake: ["setTimeout", "clearTimeout", "Date"] });
  try {
    using wheel = new DeadlineWheel(Object.create(realOutside, {
      now: { value: Date.now },
      after: { value: (ms: number, callback: () => void) => clock.setTimeout(callback, ms) },
      cancel: { value: clock.clearTimeout },
    }));
    body(clock, wheel);
  } finally {
    clock.uninstall();
  }
}

Deno.test("DeadlineWheel fires each deadline once, never early, in order of buckets", () => {
  withFakeClock((clock, wheel) => {
    const log: string[] = [];
    wheel.set(entry(log, "late"), clock.now + 500);
    wheel.set(entry(log, "early"), clock.now + 20);
    clock.tick(19);
    assertEquals(log, []);
    clock.tick(10);
    assertEquals(log, ["early"]);
    clock.tick(1000);
    assertEquals(log, ["early", "late"]);
  });
});

Deno.test("DeadlineWheel forgets cleared deadlines, wherever they are in their bucket", () => {
  withFakeClock((clock, wheel) => {
    const log: string[] = [];
    const entries = ["a", "b", "c", "d"].map((name) => entry(log, name));
    for (const e of entries) wheel.set(e, clock.now + 8);
    wheel.clear(entries[0]!);
    wheel.clear(entries[2]!);
    wheel.clear(entries[3]!);
    wheel.clear(entries[3]!);
    clock.tick(100);
    assertEquals(log, ["b"]);
  });
});

Deno.test("DeadlineWheel takes new deadlines while one fires", () => {
  withFakeClock((clock, wheel) => {
    const log: string[] = [];
    const again = entry(log, "again");
    const first = entry(log, "first");
    first.due = () => {
      log.push("first");
      wheel.set(again, clock.now + 1);
    };
    wheel.set(first, clock.now + 8);
    clock.tick(11);
    assertEquals(log, ["first"]);
    clock.tick(20);
    assertEquals(log, ["first", "again"]);
  });
});

Deno.test("DeadlineWheel keeps deadlines of several turns of its ring apart", () => {
  withFakeClock((clock, wheel) => {
    const log: string[] = [];
    const turnMs = 4 * 4_096;
    const entries = [0, 1, 2, 5].map((turns) => {
      const e = entry(log, `${turns}`);
      wheel.set(e, clock.now + 400 + turns * turnMs);
      return e;
    });
    wheel.clear(entries[1]!);
    clock.tick(410);
    assertEquals(log, ["0"]);
    clock.tick(2 * turnMs - 20);
    assertEquals(log, ["0"]);
    clock.tick(20);
    assertEquals(log, ["0", "2"]);
    clock.tick(3 * turnMs);
    assertEquals(log, ["0", "2", "5"]);
  });
});

Deno.test("DeadlineWheel does not fire what another's deadline has cleared, nor lose a deadline in the past", () => {
  withFakeClock((clock, wheel) => {
    const log: string[] = [];
    const victim = entry(log, "victim");
    const late = entry(log, "late");
    const killer = entry(log, "killer");
    killer.due = () => {
      log.push("killer");
      wheel.clear(victim);
      wheel.set(late, clock.now - 1_000);
    };
    wheel.set(victim, clock.now + 8);
    wheel.set(killer, clock.now + 8);
    clock.tick(8);
    assertEquals(log, ["killer"]);
    clock.tick(12);
    assertEquals(log, ["killer", "late"]);
  });
});

Deno.test("DeadlineWheel wakes up after a time without any deadline, however long", () => {
  withFakeClock((clock, wheel) => {
    const log: string[] = [];
    wheel.set(entry(log, "first"), clock.now + 8);
    clock.tick(1_000_000);
    wheel.set(entry(log, "second"), clock.now + 8);
    clock.tick(13);
    assertEquals(log, ["first", "second"]);
  });
});

Deno.test("DeadlineWheel sleeps until the next deadline, also after one has fired", () => {
  withFakeClock((clock, wheel) => {
    const log: string[] = [];
    wheel.set(entry(log, "early"), clock.now + 20);
    wheel.set(entry(log, "late"), clock.now + 2_000);
    let timers = 0;
    while (log.length < 2) {
      clock.next();
      timers++;
    }
    assertEquals([log, timers], [["early", "late"], 2]);
  });
});
