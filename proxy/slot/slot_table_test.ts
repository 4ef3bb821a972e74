import { assertEquals, assertThrows } from "@std/assert";
import type { Occupant, Slot } from "./slot.ts";
import { SlotTable } from "./slot_table.ts";

interface Named extends Occupant {
  readonly name: string;
}

/** The slot that a process of this kind gets; `undefined`: none. */
function enter(table: SlotTable<Named>, kind: Occupant["kind"], name = kind as string) {
  const slot = table.find(kind);
  slot?.attach({ kind, name });
  return slot?.index;
}

function leave(table: SlotTable<Named>, index: number): void {
  const slot = table.at(index);
  slot.close();
  table.vacate(slot);
}

Deno.test("workers get the first free slot, guests the one that has been free longest", () => {
  const table = new SlotTable<Named>(4, 4);
  assertEquals([enter(table, "exec"), enter(table, "web"), enter(table, "exec")], [0, 1, 2]);
  leave(table, 1);
  leave(table, 0);
  // The last one is for successors: guests get it only when nothing else is free.
  assertEquals(enter(table, "guest"), 1);
  leave(table, 1);
  assertEquals(enter(table, "guest"), 0);
  assertEquals(enter(table, "exec"), 1);
  assertEquals([enter(table, "guest"), enter(table, "guest")], [3, undefined]);
});

Deno.test("guests leave slots to workers", () => {
  const table = new SlotTable<Named>(3, 1);
  assertEquals([enter(table, "guest"), enter(table, "guest")], [1, undefined]);
  assertEquals(table.freeSlots, 2);
  assertEquals([enter(table, "exec"), enter(table, "exec")], [0, 2]);
  assertEquals([table.freeSlots, enter(table, "exec")], [0, undefined]);
});

Deno.test("a slot is nobody else's before nothing of its process is left", () => {
  const table = new SlotTable<Named>(1, 1);
  enter(table, "guest");
  const slot = table.at(0);
  slot.close();
  assertEquals([table.freeSlots, table.find("exec"), table.find("guest")], [
    0,
    undefined,
    undefined,
  ]);
  table.vacate(slot);
  assertEquals(table.find("exec"), slot);
});

Deno.test("a process is found by what is known of it, as long as it is there", () => {
  const table = new SlotTable<Named>(3, 3);
  enter(table, "exec", "a");
  enter(table, "exec", "b");
  const slotOfB = () => table.slotOf(({ name }) => name === "b")?.index;
  assertEquals(slotOfB(), 1);
  leave(table, 1);
  assertEquals(slotOfB(), undefined);
  assertThrows(() => table.at(3), RangeError, "there is no slot 3");
});

Deno.test("of a service that two processes offer, the later one tells how it is", () => {
  const table = new SlotTable<Named>(3, 3);
  for (let i = 0; i < 3; i++) enter(table, "exec");
  const ready = (slot: Slot<Named>, idempotent: boolean, names: string[]) =>
    table.ready(
      slot,
      names.map((name) => ({ name, handlers: [{ name: "h", idempotent }] })),
    );
  ready(table.at(1), false, ["a", "b"]);
  ready(table.at(0), true, ["b"]);
  table.ready(table.at(2));
  const told = () =>
    table.offered().map(({ name, handlers }) => `${name} ${handlers[0]?.idempotent}`);
  assertEquals(told(), ["a false", "b true"]);
  leave(table, 0);
  assertEquals(told(), ["a false", "b false"]);
  leave(table, 1);
  assertEquals(told(), []);
});
