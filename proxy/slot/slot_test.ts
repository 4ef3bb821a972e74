import { assertEquals, assertThrows } from "@std/assert";
import { Slot } from "./slot.ts";

type Step = (slot: Slot) => void;

/** What can happen to a slot, and the states in which it may. */
const STEPS: Record<string, { step: Step; from: string[]; to: string }> = {
  attach: { step: (slot) => slot.attach({ kind: "exec" }), from: ["free"], to: "attached" },
  ready: { step: (slot) => slot.ready([]), from: ["attached"], to: "ready" },
  drain: {
    step: (slot) => slot.drain(),
    from: ["attached", "ready", "draining"],
    to: "draining",
  },
  close: { step: (slot) => slot.close(), from: ["attached", "ready", "draining"], to: "closing" },
  free: { step: (slot) => slot.free(), from: ["closing"], to: "free" },
};

/** The ways to each state. */
const WAYS: Record<string, string[]> = {
  free: [],
  attached: ["attach"],
  ready: ["attach", "ready"],
  draining: ["attach", "ready", "drain"],
  closing: ["attach", "ready", "drain", "close"],
};

function slotIn(state: string): Slot {
  const slot = new Slot(3);
  for (const name of WAYS[state]!) STEPS[name]!.step(slot);
  assertEquals(slot.state, state);
  return slot;
}

Deno.test("a slot goes from each state to its successors, and to no other", () => {
  for (const state of Object.keys(WAYS)) {
    for (const [name, { step, from, to }] of Object.entries(STEPS)) {
      const slot = slotIn(state);
      if (from.includes(state)) {
        step(slot);
        assertEquals(slot.state, to, `${name} of a slot that is ${state}`);
      } else {
        assertThrows(() => step(slot), Error, `slot 3 cannot become ${to}: it is ${state}`);
        assertEquals(slot.state, state);
      }
    }
  }
});

Deno.test("who is in a slot is known until nothing of him is left, what he offers until he is gone", () => {
  const slot = new Slot(0);
  slot.attach({ kind: "exec" });
  slot.ready([{ name: "a", handlers: [] }]);
  assertEquals([slot.occupant?.kind, slot.offers?.length], ["exec", 1]);
  slot.close();
  assertEquals([slot.occupant?.kind, slot.offers, slot.port], ["exec", undefined, undefined]);
  slot.free();
  assertEquals(slot.occupant, undefined);
});
