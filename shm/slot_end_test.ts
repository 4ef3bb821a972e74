import { assert, assertEquals, assertThrows } from "@std/assert";
import { makeFrame, receive, send, SlotFixture } from "../tests/conformance/slot_fixture.ts";
import { ControlOffset, slotOffset } from "../native/layout.ts";
import { SlotFault } from "./slot_fault.ts";

// What one slot does is in tests/conformance/, which holds the simulated one to the same.

Deno.test("impossible control words are a fault of that slot, and the others do not notice", async () => {
  await using fixture = new SlotFixture({ slots: 2 });
  const [hostile, honest] = [await fixture.attach(0), await fixture.attach(1)];
  const proxy = fixture.segment.slot(0);
  {
    using file = Deno.openSync(fixture.segment.path, { write: true });
    file.seekSync(slotOffset(0, 2048) + ControlOffset.INPUT_TAIL, Deno.SeekMode.Start);
    file.writeSync(new Uint8Array(new Uint32Array([0xdead_0000]).buffer));
  }
  const fault = assertThrows(() => receive(proxy), SlotFault, "slot 0");
  assertEquals([fault.fault, fault.slot, fault.code], ["CONTROL_WORDS", 0, "DATA_LOSS"]);
  assertThrows(() => proxy.prepareSleep(0), SlotFault);

  assert(send(honest.end, makeFrame(7)));
  assertEquals(receive(fixture.segment.slot(1)), [7]);
  hostile.end[Symbol.dispose]();
});
