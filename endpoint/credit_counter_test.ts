import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { FRAME_MAX_BYTES, STREAM_ITEM_MIN_COST_BYTES, STREAM_WINDOW_BYTES } from "../limits.ts";
import { CreditCounter } from "./credit_counter.ts";

const FRAGMENT = FRAME_MAX_BYTES - 16;

/** A sender with a counter as its receiver: how far it gets. */
class Transfer {
  readonly counter = new CreditCounter();
  credit = STREAM_WINDOW_BYTES;
  /** Costs of the messages that wait to be taken. */
  readonly untaken: number[] = [];
  untakenBytes = 0;
  arrived = 0;
  #left: number[] = [];

  constructor(readonly sizes: readonly number[]) {}

  get done(): boolean {
    return this.arrived === this.sizes.length;
  }

  /** Sends fragments while there is credit. */
  send(): void {
    while (this.credit > 0 && !this.done) {
      const size = this.sizes[this.arrived]!;
      if (this.#left.length === 0) this.#left = [size];
      const bytes = Math.min(this.#left[0]!, FRAGMENT);
      this.#left[0]! -= bytes;
      this.credit -= bytes;
      this.untakenBytes += bytes;
      if (this.#left[0] === 0) {
        this.#left = [];
        this.credit -= Math.max(0, STREAM_ITEM_MIN_COST_BYTES - size);
        this.arrived++;
        this.untaken.push(this.counter.completed(bytes));
      } else this.credit += this.counter.fragment(bytes);
    }
  }

  /** The application takes the oldest message. */
  take(): void {
    const taken = this.arrived - this.untaken.length;
    this.untakenBytes -= this.sizes[taken]!;
    this.credit += this.counter.taken(this.untaken.shift()!);
  }
}

Deno.test("a message the application waits for gets credit for each of its fragments", () => {
  const transfer = new Transfer([16 * 1_048_576]);
  transfer.send();
  assert(transfer.done);
});

Deno.test("large messages that nobody takes hold the sender after the first one and a window", () => {
  const transfer = new Transfer(Array(100).fill(1_048_576));
  transfer.send();
  assertEquals(transfer.arrived, 1);
  assert(transfer.untakenBytes <= 1_048_576 + STREAM_WINDOW_BYTES + FRAME_MAX_BYTES);
});

Deno.test("messages of every size arrive whatever the reader's pace, and never many bytes ahead of it", () => {
  fc.assert(fc.property(
    fc.array(fc.nat({ max: 3 * STREAM_WINDOW_BYTES }), { minLength: 1, maxLength: 60 }),
    fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
    (sizes, paces) => {
      const transfer = new Transfer(sizes);
      const largest = Math.max(...sizes);
      for (let turn = 0; !transfer.done; turn++) {
        transfer.send();
        assert(transfer.untakenBytes <= largest + STREAM_WINDOW_BYTES + FRAME_MAX_BYTES);
        const takes = Math.min(paces[turn % paces.length]!, transfer.untaken.length);
        assert(takes > 0 || transfer.done, "the sender waits, and there is nothing to take");
        for (let i = 0; i < takes; i++) transfer.take();
      }
    },
  ));
});

Deno.test("small items behind a large one cost their minimum, and all of it comes back", () => {
  const small = 10 * STREAM_WINDOW_BYTES / STREAM_ITEM_MIN_COST_BYTES;
  const transfer = new Transfer([2 * FRAME_MAX_BYTES, ...Array(small).fill(20)]);
  for (let sent = 0; !transfer.done; sent = transfer.arrived) {
    transfer.send();
    assert(transfer.arrived > sent, `it stands still after ${sent} items`);
    while (transfer.untaken.length > 0) transfer.take();
  }
  assert(transfer.credit > STREAM_WINDOW_BYTES / 2, `${transfer.credit} bytes are left`);
});

Deno.test("credit is granted in portions, and not for each small item", () => {
  const counter = new CreditCounter();
  const grants: number[] = [];
  let costs = 0;
  while (costs < STREAM_WINDOW_BYTES) {
    const cost = counter.completed(10_000);
    costs += cost;
    grants.push(counter.taken(cost));
  }
  const granted = grants.filter((grant) => grant > 0);
  assert(granted.every((grant) => grant >= STREAM_WINDOW_BYTES / 4));
  assert(granted.length >= 3 && granted.length <= 4);
});
