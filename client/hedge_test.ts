import { assertEquals, assertRejects } from "@std/assert";
import { MeshError } from "../errors.ts";
import { realOutside } from "../outside/real_outside.ts";
import { RetryBudget } from "../routing/retry_budget.ts";
import { hedged } from "./hedge.ts";
import type { OutgoingCall } from "./outgoing_call.ts";

/** A call as far as hedging knows it. */
class SomeCall {
  attempt: object | null = {};
  owner: object | null = null;
  settled = false;
  aborted = false;
  hedges: SomeCall[] = [];
  suspect = false;
  readonly #outcome = Promise.withResolvers<string>();
  readonly promise = this.#outcome.promise;

  ends(value: string | MeshError): void {
    this.settled = true;
    if (typeof value === "string") this.#outcome.resolve(value);
    else this.#outcome.reject(value);
  }

  abort(): void {
    this.aborted = true;
  }

  hedge(): SomeCall {
    const second = new SomeCall();
    this.hedges.push(second);
    return second;
  }

  hedgedAfter(ms: number, budget = new RetryBudget(0, 1)): Promise<string> {
    return hedged(this as unknown as OutgoingCall<string>, ms, {
      hedgeBudget: budget,
      outside: realOutside,
    });
  }
}

const timers = () => new Promise((resolve) => setTimeout(resolve, 1));

Deno.test("hedged() takes the answer that comes first and cancels the other call", async () => {
  for (const winner of ["first", "second"]) {
    const call = new SomeCall();
    const result = call.hedgedAfter(0);
    await timers();
    const second = call.hedges[0]!;
    (winner === "first" ? call : second).ends(winner);
    assertEquals(await result, winner);
    assertEquals([call.aborted, second.aborted], [winner === "second", winner === "first"]);
  }
});

Deno.test("hedged() makes no second call while the first is between two attempts, when no server has it", async () => {
  const call = new SomeCall();
  call.attempt = null;
  const result = call.hedgedAfter(0);
  await timers();
  assertEquals(call.hedges.length, 0);
  call.ends("the next attempt");
  assertEquals(await result, "the next attempt");
});

Deno.test("hedged() makes no second call that the budget does not pay for, nor after the first has ended", async () => {
  const poor = new SomeCall();
  const waiting = poor.hedgedAfter(0, new RetryBudget(0, 0));
  const quick = new SomeCall();
  const ended = quick.hedgedAfter(0);
  quick.ends("quick");
  await timers();
  assertEquals([poor.hedges.length, quick.hedges.length], [0, 0]);
  poor.ends("alone");
  assertEquals([await waiting, await ended], ["alone", "quick"]);
});

Deno.test("hedged() waits for the second call when the first fails, and tells the first error when both do", async () => {
  const unavailable = new MeshError("UNAVAILABLE", "the first");
  const saved = new SomeCall();
  const good = saved.hedgedAfter(0);
  const lost = new SomeCall();
  const bad = lost.hedgedAfter(0);
  await timers();
  for (const call of [saved, lost]) call.ends(unavailable);
  saved.hedges[0]!.ends("the second");
  lost.hedges[0]!.ends(new MeshError("INTERNAL", "the second"));
  assertEquals(await good, "the second");
  assertEquals(await assertRejects(() => bad, MeshError), unavailable);
});

Deno.test("hedged() asks nobody else for a key that has a server of its own", async () => {
  const call = new SomeCall();
  call.owner = {};
  const budget = new RetryBudget(0, 1);
  const result = call.hedgedAfter(0, budget);
  await timers();
  assertEquals([call.hedges.length, budget.tryRetry()], [0, true]);
  call.ends("the owner's");
  assertEquals(await result, "the owner's");
});
