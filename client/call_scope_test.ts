import { assert, assertEquals } from "@std/assert";
import { CallScope, type ScopeMember } from "./call_scope.ts";

class Member implements ScopeMember {
  placeInScope = -1;
  reasons: unknown[] = [];
  abort(reason: unknown): void {
    this.reasons.push(reason);
  }
}

Deno.test("a scope that is aborted ends what is under way, and lets nothing begin", () => {
  const scope = new CallScope({ owner: { busy: () => {} } });
  const [over, under, late] = [new Member(), new Member(), new Member()];
  assert(scope.add(over) && scope.add(under) && scope.isBusy);
  scope.delete(over);
  scope.abort("gone");
  scope.abort("again");
  assert(!scope.add(late));
  assertEquals([over.reasons, under.reasons, late.reasons], [[], ["gone"], []]);
  assertEquals(scope.reason, "gone");
});

Deno.test("a signal ends a scope as if it were aborted", () => {
  const { signal, abort } = aborter();
  const scope = new CallScope({ signal });
  const member = new Member();
  assert(scope.add(member));
  abort("gone");
  assertEquals([member.reasons, scope.reason, scope.add(new Member())], [["gone"], "gone", false]);
});

Deno.test("a scope within another ends with it, and not the other way round", () => {
  const outer = new CallScope({ owner: { busy: () => {} } });
  const inner = new CallScope({ outer });
  const [beside, within] = [new Member(), new Member()];
  assert(outer.add(beside) && inner.add(within));
  const { signal, abort } = aborter();
  const third = new CallScope({ outer, signal });
  const own = new Member();
  assert(third.add(own));
  abort("its own end");
  assertEquals([own.reasons, beside.reasons], [["its own end"], []]);
  outer.abort("gone");
  assertEquals([beside.reasons, within.reasons], [["gone"], ["gone"]]);
  assert(!new CallScope({ outer }).add(new Member()));
  assert(!inner.add(new Member()));
});

Deno.test("a scope's owner is told when its first call begins, and again after the last has ended", () => {
  let told = 0;
  const outer = new CallScope({ owner: { busy: () => told++ } });
  const inner = new CallScope({ outer });
  const [first, second] = [new Member(), new Member()];
  inner.add(first);
  outer.add(second);
  assertEquals([told, outer.isBusy], [1, true]);
  inner.delete(first);
  outer.delete(second);
  assertEquals([told, outer.isBusy], [1, false]);
  inner.add(first);
  assertEquals(told, 2);
});

Deno.test("a scope that nothing can end keeps no calls", () => {
  const scope = new CallScope();
  const member = new Member();
  assert(scope.add(member));
  assertEquals([member.placeInScope, scope.isBusy], [-1, false]);
});

function aborter(): { signal: AbortSignal; abort(reason: unknown): void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: (reason) => controller.abort(reason) };
}

Deno.test("a scope without a call can be aborted", () => {
  const scope = new CallScope({ owner: { busy: () => {} } });
  scope.abort("gone");
  assert(!scope.add(new Member()));
});

Deno.test("a scope inherits nothing unless it is told: no request id, no deadline, no suspicion", () => {
  const { requestIdHigh, requestIdLow, deadlineMs, suspect, firstReply, user, traceparent } =
    new CallScope();
  assertEquals(
    [requestIdHigh, requestIdLow, deadlineMs, suspect, firstReply, user, traceparent],
    [0, 0, Infinity, false, false, undefined, undefined],
  );
});
