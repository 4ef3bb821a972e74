import { assertEquals, assertThrows } from "@std/assert";
import { callWith, TestPort } from "../../tests/support/proxy_calls.ts";
import { HeldRequest } from "./held_request.ts";
import type { ProxyCall, ProxyCallState } from "./call.ts";

const STEPS = {
  held: (call) => call.hold(new HeldRequest()),
  forwarded: (call) => void call.forwardTo(new TestPort("slot")),
  cancelled: (call) => call.cancel(),
  abandoned: (call) => call.abandon("CANCELLED"),
  ended: (call) => call.end(),
} satisfies Record<string, (call: ProxyCall) => void>;
const SUCCESSORS: Record<ProxyCallState, (keyof typeof STEPS)[]> = {
  arrived: ["held", "forwarded", "ended"],
  held: ["forwarded", "ended"],
  forwarded: ["cancelled", "abandoned", "ended"],
  cancelled: ["abandoned", "ended"],
  abandoned: ["ended"],
  ended: [],
};
const WAYS: Record<ProxyCallState, (keyof typeof STEPS)[]> = {
  arrived: [],
  held: ["held"],
  forwarded: ["held", "forwarded"],
  cancelled: ["forwarded", "cancelled"],
  abandoned: ["forwarded", "cancelled", "abandoned"],
  ended: ["forwarded", "ended"],
};
const STATES = Object.keys(WAYS) as ProxyCallState[];

function callIn(state: ProxyCallState): ProxyCall {
  const call = callWith();
  for (const step of WAYS[state]) STEPS[step](call);
  return call;
}

Deno.test("a call goes from each state to its successors, and to no other", () => {
  for (const state of STATES) {
    for (const [to, step] of Object.entries(STEPS)) {
      const call = callIn(state);
      if (SUCCESSORS[state].some((successor) => successor === to)) {
        step(call);
        assertEquals(call.state, to);
      } else {
        assertThrows(() => step(call), Error, `it is ${state}`, `${state} → ${to}`);
        assertEquals(call.state, state);
      }
    }
  }
});

Deno.test("a call has a target from when it is forwarded until it has ended", () => {
  const withTarget = STATES.filter((state) => callIn(state).target !== null);
  assertEquals(withTarget, ["forwarded", "cancelled", "abandoned"]);
});

Deno.test("what was kept of a request is given out once, to who forwards it", () => {
  const call = callWith();
  const request = new HeldRequest();
  call.hold(request);
  assertEquals([call.held, call.forwardTo(new TestPort("slot")), call.held], [
    request,
    request,
    null,
  ]);
});

Deno.test("a call that is over for its origin remembers how, and its origin no more", () => {
  const call = callIn("abandoned");
  assertEquals([call.origin, call.outcome], [null, "CANCELLED"]);
  const left = callIn("forwarded");
  left.loseOrigin();
  assertEquals([left.state, left.origin, left.outcome], ["abandoned", null, undefined]);
  const waiting = callIn("held");
  waiting.loseOrigin();
  assertEquals([waiting.state, waiting.origin], ["held", null]);
});
