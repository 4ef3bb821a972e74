import { assertEquals } from "@std/assert";
import { CANCEL_WORD_MS } from "../../limits.ts";
import { callWith, TestPort } from "../../tests/support/proxy_calls.ts";
import type { ProxyCall } from "./call.ts";
import { SilentTargets } from "./silent_targets.ts";

const SILENCE_MS = 60_000;
const CANCELLED_MS = 500;

/** One call is cancelled, and its target says nothing. */
class Bench {
  readonly clock = { ms: CANCELLED_MS };
  readonly did: string[] = [];
  readonly call: ProxyCall;
  readonly targets: SilentTargets;

  constructor(target: TestPort) {
    this.call = callWith();
    this.call.forwardTo(target);
    this.call.requestComplete = true;
    this.targets = new SilentTargets({
      clock: this.clock,
      silenceMs: SILENCE_MS,
      onQueued: () => {},
      silent: ({ label }) => {
        this.did.push(`${label} given up`);
        this.call.end();
      },
    }, {
      endForOrigin: (call, code, _text, { started }) => {
        this.did.push(`origin told: ${code} ${started ? "begun" : "never begun"}`);
        call.abandon(code);
      },
    });
    this.targets.add(this.call);
  }

  after(ms: number): [more: boolean, did: string[]] {
    this.clock.ms = CANCELLED_MS + ms;
    this.did.length = 0;
    return [this.targets.sweep(), this.did];
  }
}

Deno.test("whoever cancelled learns of the end from its proxy when the process says nothing", () => {
  const slot = new TestPort("slot");
  slot.endsCancelled = false;
  const bench = new Bench(slot);
  assertEquals(bench.after(CANCEL_WORD_MS - 1), [true, []]);
  assertEquals(bench.after(CANCEL_WORD_MS), [false, [
    "origin told: DEADLINE_EXCEEDED begun",
  ]]);
});

Deno.test("before its deadline a call ends as cancelled; one whose request never came whole has not begun", () => {
  const bench = new Bench(new TestPort("slot"));
  bench.call.deadlineMs = Infinity;
  bench.call.requestComplete = false;
  assertEquals(bench.after(CANCEL_WORD_MS)[1], ["origin told: CANCELLED never begun"]);
});

Deno.test("a peer that does not end a cancelled call is given up", () => {
  const bench = new Bench(new TestPort("link", "a peer"));
  assertEquals(bench.after(CANCEL_WORD_MS)[0], true);
  assertEquals(bench.after(SILENCE_MS - 1), [true, []]);
  assertEquals(bench.after(SILENCE_MS), [false, ["a peer given up"]]);
  assertEquals(bench.after(2 * SILENCE_MS), [false, []]);
});

Deno.test("a peer that ends it, and one that never promised to, is kept", () => {
  const good = new Bench(new TestPort("link"));
  good.call.end();
  assertEquals(good.after(2 * SILENCE_MS), [false, []]);
  const old = new TestPort("link");
  old.endsCancelled = false;
  const bench = new Bench(old);
  assertEquals(bench.after(CANCEL_WORD_MS)[0], false);
  assertEquals(bench.after(2 * SILENCE_MS), [false, []]);
});
