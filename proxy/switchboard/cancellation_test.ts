import { assertEquals } from "@std/assert";
import type { Code } from "../../errors.ts";
import { DEADLINE_GRACE_MS } from "../../limits.ts";
import { server } from "../../tests/support/servers.ts";
import { callWith, TestPort } from "../../tests/support/proxy_calls.ts";
import { Cancellation } from "./cancellation.ts";
import type { FailureTraits } from "./error_frame.ts";
import { HeldRequest } from "./held_request.ts";
import type { ProxyCall } from "./call.ts";

/** Cancels one call whose deadline is at 1,000, and notes what follows. */
class Bench {
  readonly clock = { ms: 500 };
  readonly did: string[] = [];
  readonly target = new TestPort("slot");
  readonly call = callWith();
  readonly cancellation: Cancellation;

  /** @param waits Whether the call has no process yet. */
  constructor(waits = false) {
    this.target.cancel = () => void this.did.push("target told");
    this.call.id = 1;
    if (waits) this.call.hold(new HeldRequest());
    else this.call.forwardTo(this.target);
    this.call.requestComplete = true;
    const note = (what: string, code: Code, traits: FailureTraits) =>
      void this.did.push(`${what} ${code} ${traits.started ? "begun" : "never begun"}`);
    this.cancellation = new Cancellation({
      clock: this.clock,
      counters: { cancelled: 0 },
      onQueued: () => void this.did.push("looked at again"),
      dispatcher: { cancel: () => this.did.push("taken out of the queue") > 0 },
    }, {
      abandon: (_call, _target, code, _text, traits) => note("abandoned:", code, traits),
      finishWith: (_call, code, _text, traits) => note("finished:", code, traits),
      endForOrigin: (_call, code, _text, traits) => note("origin told:", code, traits),
      tellRouter: (_call: ProxyCall, code: string) => void this.did.push(`router told: ${code}`),
    });
  }

  cancel(atMs: number): string[] {
    this.clock.ms = atMs;
    this.did.length = 0;
    this.cancellation.cancel(this.call);
    return this.did;
  }

  sweep(atMs: number): [boolean, string[]] {
    this.clock.ms = atMs;
    this.did.length = 0;
    return [this.cancellation.sweep(), this.did];
  }
}

Deno.test("a cancelled call goes on until its target has ended it", () => {
  const bench = new Bench();
  assertEquals(bench.cancel(500), ["target told"]);
  assertEquals(bench.cancel(500), [], "once is enough");
  assertEquals(bench.sweep(2_000), [false, []]);
});

Deno.test("a call that its process has not read by its deadline never begins", () => {
  assertEquals(new Bench().cancel(1_000), ["abandoned: DEADLINE_EXCEEDED never begun"]);
  const read = new Bench();
  read.target.allUnread = false;
  assertEquals(read.cancel(1_000), ["target told", "looked at again"]);
  const incomplete = new Bench();
  incomplete.target.allUnread = false;
  incomplete.call.requestComplete = false;
  assertEquals(incomplete.cancel(1_000), ["abandoned: DEADLINE_EXCEEDED never begun"]);
});

Deno.test("a call that is cancelled just before its deadline is looked at again behind it", () => {
  const bench = new Bench();
  assertEquals(bench.cancel(995), ["target told", "looked at again"]);
  assertEquals(bench.sweep(999), [true, []]);
  assertEquals(bench.sweep(1_000), [false, ["abandoned: DEADLINE_EXCEEDED never begun"]]);
  const link = new Bench();
  link.target.kind = "link";
  assertEquals(link.cancel(995), ["target told"]);
});

Deno.test("it is looked at again until the caller's patience is over, or somebody else has ended it", () => {
  const bench = new Bench();
  bench.target.allUnread = false;
  bench.cancel(995);
  assertEquals(bench.sweep(999 + DEADLINE_GRACE_MS), [true, []]);
  assertEquals(bench.sweep(1_000 + DEADLINE_GRACE_MS), [false, []]);
  const ended = new Bench();
  ended.cancel(995);
  ended.call.end();
  assertEquals(ended.sweep(1_000), [false, []]);
  const left = new Bench();
  left.cancel(995);
  left.call.loseOrigin();
  assertEquals(left.sweep(1_000), [false, []]);
});

Deno.test("a call that waits for a process ends at once", () => {
  const waits = (atMs: number) => new Bench(true).cancel(atMs);
  assertEquals(waits(500), ["taken out of the queue", "finished: CANCELLED never begun"]);
  assertEquals(waits(1_000), ["taken out of the queue", "finished: DEADLINE_EXCEEDED never begun"]);
});

Deno.test("a deadline that has passed, or nearly, speaks against the server", () => {
  const of = (atMs: number) => {
    const bench = new Bench();
    bench.target.kind = "link";
    bench.call.server = server("exec-1");
    return bench.cancel(atMs);
  };
  assertEquals(of(989), ["target told"]);
  assertEquals(of(990), ["router told: DEADLINE_EXCEEDED", "target told"]);
});

Deno.test("the origin of a cancelled call is told that it has begun, and why it ends", () => {
  const bench = new Bench();
  bench.cancellation.begun(bench.call);
  assertEquals(bench.did, [], "it was not cancelled");
  bench.cancel(500);
  bench.did.length = 0;
  bench.cancellation.begun(bench.call);
  assertEquals(bench.did, ["origin told: CANCELLED begun"]);
  bench.clock.ms = 990;
  bench.cancellation.begun(bench.call);
  assertEquals(bench.did[1], "origin told: DEADLINE_EXCEEDED begun");
  bench.call.loseOrigin();
  bench.cancellation.begun(bench.call);
  assertEquals(bench.did.length, 2);
});
