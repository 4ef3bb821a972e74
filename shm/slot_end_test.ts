import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { native } from "../native/ffi.ts";
import {
  makeFrame,
  receive,
  send,
  SlotFixture,
  streamsOf,
} from "../tests/conformance/slot_fixture.ts";
import { FrameOffset } from "../wire/frame.ts";
import { ControlOffset, INPUT_SPACE, slotOffset, Wish } from "./layout.ts";
import { SlotFault } from "./slot_fault.ts";

native();

/** Writes into the segment behind everybody's back, as a hostile process can. */
function poke(fixture: SlotFixture, at: number, bytes: Uint8Array): void {
  using file = Deno.openSync(fixture.segment.path, { write: true });
  file.seekSync(at, Deno.SeekMode.Start);
  file.writeSync(bytes);
}

const u32 = (value: number) => new Uint8Array(new Uint32Array([value]).buffer);

Deno.test("frames go both ways, with the slot's generation and zeroed padding", async () => {
  await using fixture = new SlotFixture();
  const { end } = await fixture.attach(1);
  const proxy = fixture.segment.slot(1);
  for (const [from, to] of [[end, proxy], [proxy, end]] as const) {
    const frame = makeFrame(9, 21);
    frame.fill(0xff, 21);
    assert(send(from, frame));
    const into = new Uint8Array(2048).fill(0xee);
    assertEquals(to.drain(into), 32);
    const wanted = makeFrame(9, 21);
    new DataView(wanted.buffer).setUint32(FrameOffset.GENERATION, end.generation, true);
    assertEquals(into.subarray(0, 32), wanted);
    assertEquals(to.drain(into), 0);
  }
});

Deno.test("scatter sends what fits and goes on from there", async () => {
  await using fixture = new SlotFixture();
  const { end } = await fixture.attach(0);
  const proxy = fixture.segment.slot(0);
  const frames = new Uint8Array(5 * 1024);
  for (let i = 0; i < 5; i++) frames.set(makeFrame(i, 1024), i * 1024);
  let at = 0;
  const seen: number[] = [];
  while (at < frames.byteLength) {
    const consumed = end.scatter(frames, at, frames.byteLength);
    assert(consumed > 0);
    assertEquals(end.scatter(frames, at + consumed, frames.byteLength), 0, "full is a value");
    at += consumed;
    seen.push(...receive(proxy));
  }
  assertEquals(seen, [0, 1, 2, 3, 4]);
  assertThrows(() => end.scatter(frames, 0, frames.byteLength + 16), RangeError);
});

Deno.test("published and consumed tell whether the other side has a frame", async () => {
  await using fixture = new SlotFixture();
  const { end } = await fixture.attach(0);
  const proxy = fixture.segment.slot(0);
  assert(send(proxy, makeFrame(1, 48)));
  const position = proxy.published();
  assertEquals([position, proxy.consumed()], [48, 0]);
  receive(end);
  assertEquals((position - proxy.consumed()) | 0, 0);
});

Deno.test("unread gives what the other side has not consumed, across the end of the ring, and takes nothing", async () => {
  await using fixture = new SlotFixture();
  const { end } = await fixture.attach(0);
  const proxy = fixture.segment.slot(0);
  assertEquals(proxy.unread().length, 0);
  for (let stream = 0; stream < 40; stream++) {
    assert(send(proxy, makeFrame(2 * stream, 304)));
    assert(send(proxy, makeFrame(2 * stream + 1, 304)));
    const unread = proxy.unread();
    assertEquals(streamsOf(unread, unread.length), [2 * stream, 2 * stream + 1]);
    assertEquals(receive(end), [2 * stream, 2 * stream + 1]);
    assertEquals(proxy.unread().length, 0);
  }
});

Deno.test("the modes of the marks follow from the spaces", async () => {
  await using fixture = new SlotFixture();
  const { end } = await fixture.attach(0);
  const proxy = fixture.segment.slot(0);
  const empty = { read: false, write: true };
  assertEquals(proxy.modes(), { proxy: empty, process: empty });
  assert(send(end, makeFrame(1, 1024)));
  assert(send(end, makeFrame(2, 1024)));
  const wanted = { proxy: { read: true, write: true }, process: { read: false, write: false } };
  assertEquals(proxy.modes(), wanted);
  assertEquals(end.modes(), wanted, "both sides see the same");
  receive(proxy);
  assert(send(proxy, makeFrame(3, 1024)));
  assert(send(proxy, makeFrame(4, 1040 - 16)));
  assertEquals(end.modes(), {
    proxy: { read: false, write: false },
    process: { read: true, write: true },
  });
});

Deno.test("prepareSleep says what is there already, and 0 when there is nothing", async () => {
  await using fixture = new SlotFixture();
  const { end } = await fixture.attach(0);
  const proxy = fixture.segment.slot(0);
  assertEquals(end.prepareSleep(0), 0);
  assertEquals(end.prepareSleep(1024), Wish.ROOM);
  assert(send(proxy, makeFrame(1)));
  assertEquals(end.prepareSleep(0), Wish.FRAMES);
  assertEquals(end.prepareSleep(16), Wish.FRAMES | Wish.ROOM);
  receive(end);
  while (send(end, makeFrame(2, 1024)));
  assertEquals(end.prepareSleep(16), 0, "full");
});

Deno.test("impossible control words are a fault of that slot, and the others do not notice", async () => {
  await using fixture = new SlotFixture({ slots: 2 });
  const [hostile, honest] = [await fixture.attach(0), await fixture.attach(1)];
  const proxy = fixture.segment.slot(0);
  poke(fixture, slotOffset(0, 2048) + ControlOffset.INPUT_TAIL, u32(0xdead_0000));
  const fault = assertThrows(() => receive(proxy), SlotFault);
  assertEquals([fault.fault, fault.slot, fault.observed, fault.wanted, fault.code], [
    "CONTROL_WORDS",
    0,
    0xdead_0000,
    2048,
    "DATA_LOSS",
  ]);
  assertThrows(() => proxy.prepareSleep(0), SlotFault);
  poke(fixture, slotOffset(0, 2048) + ControlOffset.OUTPUT_HEAD, u32(8));
  assertThrows(() => send(proxy, makeFrame(1)), SlotFault, "slot 0");
  assertEquals(proxy.modes().proxy.read, false);

  assert(send(honest.end, makeFrame(7)));
  assertEquals(receive(fixture.segment.slot(1)), [7]);
  hostile.end[Symbol.dispose]();
});

Deno.test("the proxy's own words cannot be turned against it", async () => {
  await using fixture = new SlotFixture();
  const { end } = await fixture.attach(0);
  const proxy = fixture.segment.slot(0);
  assert(send(end, makeFrame(1)));
  assertEquals(receive(proxy), [1]);
  // Its head and its tail, overwritten by the process: the proxy keeps its own.
  poke(fixture, slotOffset(0, 2048) + ControlOffset.INPUT_HEAD, u32(0xffff_fff0));
  poke(fixture, slotOffset(0, 2048) + ControlOffset.OUTPUT_TAIL, u32(0x8000_0000));
  assertEquals(receive(proxy), []);
  assert(send(proxy, makeFrame(2)));
  assertEquals(receive(end), [2]);
});

Deno.test("a slot overwritten with random bytes gives frames or a fault, and nothing else", async () => {
  await using fixture = new SlotFixture();
  await fixture.attach(0);
  const base = slotOffset(0, 2048);
  const tail = fc.nat({ max: 128 }).map((n) => n * 16);
  const into = new Uint8Array(2048);
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 2048, maxLength: 2048 }),
      fc.oneof(tail, fc.constant(64), fc.nat({ max: 0xffff_ffff })),
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.boolean(),
      (bytes, tail, word, plausible) => {
        const proxy = fixture.segment.retire(0);
        if (plausible) {
          bytes.set(makeFrame(5, 64), 0);
          new DataView(bytes.buffer).setUint32(FrameOffset.GENERATION, proxy.generation, true);
        }
        poke(fixture, base + INPUT_SPACE, bytes);
        poke(fixture, base + ControlOffset.INPUT_TAIL, u32(tail));
        poke(fixture, base + ControlOffset.OUTPUT_HEAD, word);
        poke(fixture, base + ControlOffset.PROCESS_SLEEPING, word);
        if (plausible && tail === 64) {
          assertEquals(proxy.drain(into), 64, "a good frame among garbage");
          return;
        }
        for (const call of [() => proxy.drain(into), () => proxy.prepareSleep(16)]) {
          try {
            const result = call();
            assert(result >= 0 && result <= into.byteLength);
          } catch (error) {
            assert(error instanceof SlotFault, String(error));
          }
        }
      },
    ),
    { numRuns: 300 },
  );
});

Deno.test("a closed end refuses every call", async () => {
  await using fixture = new SlotFixture();
  const { end } = await fixture.attach(0);
  end[Symbol.dispose]();
  end[Symbol.dispose]();
  assertThrows(() => end.drain(new Uint8Array(2048)), SlotFault, "closed");
  assertThrows(() => send(end, makeFrame(1)), SlotFault, "closed");
  assertThrows(() => end.prepareSleep(0), SlotFault, "closed");
});

Deno.test("a buffer smaller than a frame and a malformed outgoing frame are faults of the caller", async () => {
  await using fixture = new SlotFixture();
  const { end } = await fixture.attach(0);
  const small = assertThrows(() => end.drain(new Uint8Array(1023)), SlotFault);
  assertEquals([small.fault, small.observed, small.wanted], ["BUFFER", 1023, 1024]);
  const large = assertThrows(() => send(end, makeFrame(1, 1025)), SlotFault);
  assertEquals([large.fault, large.observed, large.wanted], ["OUTGOING_FRAME", 1025, 1024]);
  const empty = assertThrows(() => send(end, new Uint8Array(16)), SlotFault);
  assertEquals(empty.fault, "OUTGOING_FRAME");
});

Deno.test("a drained buffer holds the frames in order, also around the end of the space", async () => {
  await using fixture = new SlotFixture();
  const { end } = await fixture.attach(0);
  const proxy = fixture.segment.slot(0);
  const into = new Uint8Array(2048);
  let next = 0;
  for (let round = 0; round < 200; round++) {
    const sent: number[] = [];
    while (send(end, makeFrame(next, 16 + (next * 97) % 1009))) sent.push(next++);
    const bytes = proxy.drain(into);
    assertEquals(streamsOf(into, bytes), sent);
  }
});
