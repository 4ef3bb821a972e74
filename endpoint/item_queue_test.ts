import { assertEquals, assertRejects } from "@std/assert";
import { ItemQueue } from "./item_queue.ts";

function queueWithLog(): { queue: ItemQueue<number>; taken: number[]; returned: () => number } {
  const taken: number[] = [];
  let returns = 0;
  const queue = new ItemQueue<number>((cost) => taken.push(cost), () => returns++);
  return { queue, taken, returned: () => returns };
}

Deno.test("ItemQueue gives items in order, to readers before and after their arrival", async () => {
  const { queue, taken } = queueWithLog();
  const early = queue.next();
  queue.push(1, 10);
  queue.push(2, 20);
  assertEquals(await early, { value: 1, done: false });
  assertEquals(taken, [10], "an item that waits has not been taken");
  assertEquals(await queue.next(), { value: 2, done: false });
  assertEquals(taken, [10, 20]);
  queue.end(null);
  assertEquals(await queue.next(), { value: undefined, done: true });
});

Deno.test("ItemQueue gives an error after the items that came before it, and once", async () => {
  const { queue } = queueWithLog();
  queue.push(1, 1);
  queue.end(new Error("over"));
  assertEquals((await queue.next()).value, 1);
  await assertRejects(() => queue.next(), Error, "over");
  assertEquals((await queue.next()).done, true);
});

Deno.test("ItemQueue that is left early forgets its items and says so once", async () => {
  const { queue, taken, returned } = queueWithLog();
  queue.push(1, 1);
  queue.push(2, 1);
  for await (const _ of { [Symbol.asyncIterator]: () => queue }) break;
  await queue.return();
  assertEquals([taken.length, returned()], [1, 1]);
  assertEquals((await queue.next()).done, true);
});

Deno.test("ItemQueue keeps its order while many items come and go", async () => {
  const { queue } = queueWithLog();
  let next = 0;
  for (let i = 0; i < 3_000; i++) {
    queue.push(i, 1);
    if (i % 3 !== 0) assertEquals((await queue.next()).value, next++);
  }
  while (next < 3_000) assertEquals((await queue.next()).value, next++);
});
