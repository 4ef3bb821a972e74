import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { CallQueue } from "./call_queue.ts";

Deno.test("CallQueue behaves like a list, whatever is pushed, shifted, removed and expired", () => {
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constant("push" as const), wait: fc.nat(300) }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant("shift" as const), wait: fc.nat(0) }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant("remove" as const), wait: fc.nat(999) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("expire" as const), wait: fc.nat(50) }) },
  );
  fc.assert(fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
    const queue = new CallQueue<number>();
    let model: { call: number; until: number }[] = [];
    let now = 0, next = 0;
    for (const { do: action, wait } of steps) {
      if (action === "push") {
        queue.push(next, now, now + wait, now + wait);
        model.push({ call: next++, until: now + wait });
      } else if (action === "shift") {
        assertEquals(queue.peek()?.call, model[0]?.call);
        assertEquals(queue.shift()?.call, model.shift()?.call);
      } else if (action === "remove") {
        const call = wait % (next + 1);
        const index = model.findIndex((entry) => entry.call === call);
        assertEquals(queue.remove(call), index >= 0);
        if (index >= 0) model.splice(index, 1);
      } else {
        now += wait;
        const expired: number[] = [];
        const soonest = queue.expire(now, ({ call }) => expired.push(call));
        assertEquals(
          expired,
          model.filter(({ until }) => until <= now).map(({ call }) => call),
        );
        model = model.filter(({ until }) => until > now);
        assertEquals(soonest, Math.min(...model.map(({ until }) => until)));
      }
      assertEquals(queue.size, model.length);
    }
  }));
});

Deno.test("calls that leave from behind a long-waiting head leave no entries behind", () => {
  const queue = new CallQueue<number>();
  queue.push(-1, 0, 1e9, 1e9);
  let most = 0;
  for (let call = 0; call < 10_000; call++) {
    queue.push(call, 0, 1e9, 1e9);
    queue.remove(call);
    most = Math.max(most, queue.held);
  }
  assertEquals([queue.size, most < 2_000], [1, true]);
});

Deno.test("a queue that is never empty does not grow with the calls that went through", () => {
  const queue = new CallQueue<number>();
  queue.push(0, 0, 1e9, 1e9);
  let most = 0;
  for (let call = 1; call < 10_000; call++) {
    queue.push(call, 0, 1e9, 1e9);
    assertEquals(queue.shift()!.call, call - 1);
    most = Math.max(most, queue.held);
  }
  assertEquals([queue.size, most < 2_000], [1, true]);
});
