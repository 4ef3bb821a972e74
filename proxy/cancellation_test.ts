import { assertEquals } from "@std/assert";
import type { Code } from "../errors.ts";
import { DEADLINE_GRACE_MS } from "../limits.ts";
import type { CallOutcome } from "./call_outcome.ts";
import { Cancellation } from "./cancellation.ts";
import type { FailureTraits } from "./error_frame.ts";
import type { ProxyCall } from "./proxy_call.ts";
import type { SwitchboardOptions } from "./switchboard_options.ts";

/** Cancels one call whose deadline is at 1,000, and notes what follows. */
class Bench {
  readonly clock = { ms: 500 };
  readonly did: string[] = [];
  unread = true;
  readonly target = {
    kind: "slot" as "slot" | "link",
    knowsDeadlines: true,
    unread: () => this.unread,
    cancel: () => this.did.push("target told"),
  };
  readonly call = {
    id: 1,
    name: "a.b",
    service: "a",
    deadlineMs: 1_000,
    cancelled: false,
    requestComplete: true,
    ended: false,
    origin: {},
    target: this.target,
    server: null,
  } as unknown as { -readonly [Key in keyof ProxyCall]: ProxyCall[Key] };
  readonly cancellation: Cancellation;

  constructor() {
    const word = (what: string) => (_: ProxyCall, ...rest: unknown[]) => {
      const [code, , traits] = rest.slice(-3) as [Code, string, FailureTraits];
      this.did.push(`${what} ${code} ${traits.started ? "begun" : "never begun"}`);
    };
    const outcome = {
      abandon: word("abandoned:"),
      finishWith: word("finished:"),
      endForOrigin: word("origin told:"),
      tellRouter: (_: ProxyCall, code: string) => this.did.push(`router told: ${code}`),
    };
    const options = {
      clock: this.clock,
      counters: { cancelled: 0 },
      onQueued: () => this.did.push("looked at again"),
      dispatcher: { cancel: () => this.did.push("taken out of the queue") },
    };
    this.cancellation = new Cancellation(
      options as unknown as SwitchboardOptions,
      outcome as unknown as CallOutcome,
    );
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
  read.unread = false;
  assertEquals(read.cancel(1_000), ["target told", "looked at again"]);
  const incomplete = new Bench();
  incomplete.unread = false;
  incomplete.call.requestComplete = false;
  assertEquals(incomplete.cancel(1_000), ["abandoned: DEADLINE_EXCEEDED never begun"]);
  const old = new Bench();
  old.target.knowsDeadlines = false;
  assertEquals(old.cancel(1_000)[0], "target told", "an old peer may begin it all the same");
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
  bench.unread = false;
  bench.cancel(995);
  assertEquals(bench.sweep(999 + DEADLINE_GRACE_MS), [true, []]);
  assertEquals(bench.sweep(1_000 + DEADLINE_GRACE_MS), [false, []]);
  const ended = new Bench();
  ended.cancel(995);
  ended.call.ended = true;
  assertEquals(ended.sweep(1_000), [false, []]);
  const left = new Bench();
  left.cancel(995);
  left.call.origin = null;
  assertEquals(left.sweep(1_000), [false, []]);
});

Deno.test("a call that waits for a process ends at once", () => {
  const waits = (atMs: number) => {
    const bench = new Bench();
    bench.call.target = null;
    return bench.cancel(atMs);
  };
  assertEquals(waits(500), ["taken out of the queue", "finished: CANCELLED never begun"]);
  assertEquals(waits(1_000), ["taken out of the queue", "finished: DEADLINE_EXCEEDED never begun"]);
});

Deno.test("a deadline that has passed, or nearly, speaks against the server", () => {
  const of = (atMs: number) => {
    const bench = new Bench();
    bench.target.kind = "link";
    bench.call.server = {} as never;
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
  bench.call.origin = null;
  bench.cancellation.begun(bench.call);
  assertEquals(bench.did.length, 2);
});
