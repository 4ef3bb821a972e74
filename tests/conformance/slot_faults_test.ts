/**
 * What a hostile side can write into a slot, and what the other one says then: the same of a real slot and of a
 * simulated one.
 *
 * @module
 */
import { KIND_MAX } from "../../limits.ts";
import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { INPUT_SPACE } from "../../native/layout.ts";
import { SlotFault } from "../../shm/slot_fault.ts";
import { FLAGS_MASK, FrameOffset } from "../../wire/frame.ts";
import { makeFrame, receive, send, streamsOf } from "./slot_fixture.ts";
import { At, type SlotStand, slotTest, spaceOf, STANDS, wordBytes } from "./slot_stand.ts";

const MAX = 1_024;

function faultOf(call: () => unknown): [string, number, number] {
  const { fault, observed, wanted } = assertThrows(call, SlotFault);
  return [fault, observed, wanted];
}

/** A header's fields; what is absent is as in a good frame of 16 bytes. */
interface Header {
  at?: number;
  length?: number;
  kind?: number;
  flags?: number;
  reserved?: number;
  generation?: number;
}

function pokeHeader(stand: SlotStand, side: "proxy" | "process", header: Header): void {
  const { at = 0, length = 16, kind = 1, flags = 0, reserved = 0, generation = 1 } = header;
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setUint32(FrameOffset.LENGTH, length, true);
  view.setUint8(FrameOffset.KIND, kind);
  view.setUint8(FrameOffset.FLAGS, flags);
  view.setUint16(FrameOffset.RESERVED, reserved, true);
  view.setUint32(FrameOffset.GENERATION, generation, true);
  stand.poke(spaceOf(side, stand.spaceBytes) + at, bytes);
}

/** A header, how much is published, and the fault. */
const HEADERS: readonly [string, Header, number, [string, number, number]][] = [
  ["a length below a header's", { length: 15 }, 2_048, ["FRAME_LENGTH", 15, MAX]],
  ["no length", { length: 0 }, 2_048, ["FRAME_LENGTH", 0, MAX]],
  ["a length above the largest", { length: MAX + 1 }, 2_048, ["FRAME_LENGTH", MAX + 1, MAX]],
  ["a huge length", { length: 0xffff_fff0 }, 16, ["FRAME_LENGTH", 0xffff_fff0, MAX]],
  ["an unknown kind", { kind: KIND_MAX + 1 }, 16, ["FRAME_KIND", KIND_MAX + 1, KIND_MAX]],
  ["unknown flags", { flags: 0x1f }, 16, ["FRAME_FLAGS", 0x1f, FLAGS_MASK]],
  ["reserved bytes", { reserved: 0x100 }, 16, ["FRAME_RESERVED", 0x100, 0]],
  ["a length before kind", { length: 1, kind: 99 }, 16, ["FRAME_LENGTH", 1, MAX]],
  ["a kind before flags", { kind: 99, flags: 255 }, 16, ["FRAME_KIND", 99, KIND_MAX]],
  ["more than is published", { length: 33 }, 32, ["FRAME_BOUNDS", 48, 32]],
  ["a stranger's that is too long", { length: 33, generation: 9 }, 32, ["FRAME_BOUNDS", 48, 32]],
  ["a stranger's that is no frame", { kind: 99, generation: 9 }, 32, ["FRAME_KIND", 99, KIND_MAX]],
  ["a skip of the whole space", { kind: 0, length: 2_048 }, 2_048, ["SKIP_MARKER", 2_048, 2_048]],
  ["a skip that ends too early", { kind: 0, length: 1_008 }, 2_048, ["SKIP_MARKER", 1_008, 2_048]],
  ["a skip of nothing", { kind: 0, length: 0 }, 16, ["SKIP_MARKER", 0, 2_048]],
];

for (const side of ["proxy", "process"] as const) {
  for (const [name, header, published, fault] of HEADERS) {
    slotTest(
      `${name}, written by the ${side}, is a fault, and nothing is consumed`,
      async (stand) => {
        const process = await stand.attach();
        const [reader, writer] = side === "proxy" ? [process, stand.proxy] : [stand.proxy, process];
        pokeHeader(stand, side, header);
        const tail = side === "proxy" ? At.OUTPUT_TAIL : At.INPUT_TAIL;
        stand.poke(tail, wordBytes(published));
        for (let times = 0; times < 2; times++) {
          assertEquals(faultOf(() => reader.read(new Uint8Array(2_048))), fault);
          assertEquals(faultOf(() => reader.take(new Uint8Array(2_048))), fault);
        }
        assertEquals([writer.consumed(), reader.droppedFrames], [0, 0]);
        assertEquals([stand.signals(reader), stand.signals(writer)], [0, 0]);
      },
    );
  }
}

slotTest(
  "a skip marker as large as the largest frame, or only partly published, is a fault",
  async (stand) => {
    const process = await stand.attach();
    for (const stream of [1, 2]) assert(send(process, makeFrame(stream, 512)));
    assertEquals(receive(stand.proxy), [1, 2]);
    pokeHeader(stand, "process", { at: 1_024, kind: 0, length: 1_024 });
    stand.poke(At.INPUT_TAIL, wordBytes(2_048 + 16));
    const read = () => stand.proxy.read(new Uint8Array(2_048));
    assertEquals(faultOf(read), ["SKIP_MARKER", 1_024, 1_024]);
    assert(send(process, makeFrame(3, 512)));
    assertEquals(receive(stand.proxy), [3]);
    pokeHeader(stand, "process", { at: 1_536, kind: 0, length: 512 });
    stand.poke(At.INPUT_TAIL, wordBytes(2_048 - 16));
    assertEquals(faultOf(read), ["SKIP_MARKER", 512, 512]);
    stand.poke(At.INPUT_TAIL, wordBytes(2_048));
    assertEquals(read(), 0);
    assertEquals(process.consumed(), 2_048);
  },
);

slotTest("frames before a bad one are not given out either", async (stand) => {
  const process = await stand.attach();
  for (const stream of [1, 2]) assert(send(process, makeFrame(stream)));
  pokeHeader(stand, "process", { at: 16, kind: 200 });
  const read = () => stand.proxy.read(new Uint8Array(2_048));
  assertEquals(faultOf(read), ["FRAME_KIND", 200, KIND_MAX]);
  pokeHeader(stand, "process", { at: 16, generation: 7 });
  assertEquals([read(), stand.proxy.droppedFrames], [16, 1]);
});

const IMPOSSIBLE: readonly [string, number][] = [
  ["ahead of what the space holds", 2_064],
  ["behind", 0xffff_fff0],
  ["between two frames", 8],
  ["far away", 0xdead_0000],
];

for (const [name, word] of IMPOSSIBLE) {
  slotTest(`control words ${name} are a fault of whoever reads them`, async (stand) => {
    const process = await stand.attach();
    const ends = [
      [stand.proxy, At.INPUT_TAIL, At.OUTPUT_HEAD],
      [process, At.OUTPUT_TAIL, At.INPUT_HEAD],
    ] as const;
    for (const [end, tail, head] of ends) {
      stand.poke(tail, wordBytes(word));
      const seen: [string, number, number] = ["CONTROL_WORDS", word, 2_048];
      assertEquals(faultOf(() => end.read(new Uint8Array(2_048))), seen);
      assertEquals(faultOf(() => end.take(new Uint8Array(2_048))), seen);
      assertEquals(faultOf(() => end.prepareSleep(0)), seen);
      const { read, write } = end.modes()[end.side];
      assertEquals([read, write], [false, true]);
      stand.poke(tail, wordBytes(0));
      // What it has not written it cannot have read.
      stand.poke(head, wordBytes(-word >>> 0));
      assertEquals(faultOf(() => send(end, makeFrame(1))), seen);
      assertEquals(faultOf(() => end.prepareSleep(16)), seen);
      assertEquals(faultOf(() => end.unread()), seen);
      assertEquals(end.prepareSleep(0), 0, "of no interest to who has nothing to write");
      assertEquals(end.consumed(), -word >>> 0);
      stand.poke(head, wordBytes(0));
    }
  });
}

slotTest("a tail that takes back what is taken, but not released, is a fault", async (stand) => {
  const process = await stand.attach();
  for (const stream of [1, 2]) assert(send(process, makeFrame(stream, 1_024)));
  const into = new Uint8Array(2_048);
  assertEquals(stand.proxy.take(into), 2_048);
  stand.poke(At.INPUT_TAIL, wordBytes(2_048 + 16));
  assertEquals(faultOf(() => stand.proxy.take(into)), ["CONTROL_WORDS", 2_064, 2_048]);
});

slotTest("unread frames that make no sense are a fault with numbers of its own", async (stand) => {
  await stand.attach();
  assert(send(stand.proxy, makeFrame(1, 48)));
  pokeHeader(stand, "proxy", { length: 64 });
  assertEquals(faultOf(() => stand.proxy.unread()), ["FRAME_BOUNDS", 64, 48]);
  pokeHeader(stand, "proxy", { length: 5 });
  assertEquals(faultOf(() => stand.proxy.unread()), ["FRAME_LENGTH", 5, MAX]);
});

slotTest("a side's own words cannot be turned against it", async (stand) => {
  const process = await stand.attach();
  const { proxy } = stand;
  assert(send(process, makeFrame(1)));
  assertEquals(receive(proxy), [1]);
  stand.poke(At.INPUT_HEAD, wordBytes(0xffff_fff0));
  stand.poke(At.OUTPUT_TAIL, wordBytes(0x8000_0000));
  assertEquals(receive(proxy), []);
  assert(send(proxy, makeFrame(2)));
  assertEquals(receive(process), [2]);
});

slotTest(
  "a sleep that nobody announced is ended by one signal, if the wish fits",
  async (stand) => {
    const process = await stand.attach();
    stand.poke(At.PROCESS_SLEEPING, wordBytes(0xffff_fffd));
    assert(send(process, makeFrame(1)));
    assert(send(stand.proxy, makeFrame(1)));
    assertEquals(stand.signals(process), 1);
    stand.poke(At.PROCESS_SLEEPING, wordBytes(0xffff_fffe));
    assert(send(stand.proxy, makeFrame(2)));
    assertEquals(stand.signals(process), 1, "it does not wish for frames");
    assertEquals(receive(stand.proxy), [1]);
    assertEquals(stand.signals(process), 2);
  },
);

slotTest(
  "a buffer smaller than a frame and a malformed frame to be sent are faults of the caller",
  async (stand) => {
    const end = await stand.attach();
    assertEquals(faultOf(() => end.read(new Uint8Array(1_023))), ["BUFFER", 1_023, 1_024]);
    assertEquals(faultOf(() => send(end, makeFrame(1, 1_025))), ["OUTGOING_FRAME", 1_025, 1_024]);
    assertEquals(faultOf(() => send(end, new Uint8Array(16))), ["OUTGOING_FRAME", 0, 1_024]);
    const short = makeFrame(1, 64);
    assertEquals(faultOf(() => end.write(short, 0, 48)), ["OUTGOING_FRAME", 64, 1_024]);
    assertEquals(faultOf(() => end.write(short, 56, 64)), ["OUTGOING_FRAME", 0, 1_024]);
    assertEquals(faultOf(() => end.write(short, 64, 48)), ["ARGUMENT", 64, 48]);
    const both = new Uint8Array(80);
    both.set(short);
    assertEquals(faultOf(() => end.write(both, 0, 80)), ["OUTGOING_FRAME", 0, 1_024]);
    assertEquals([end.published(), receive(stand.proxy)], [0, []], "nothing of it is published");
  },
);

for (const [kind, open] of Object.entries(STANDS)) {
  Deno.test(`${kind} slot: random bytes give frames or a fault, and nothing else`, async () => {
    await using stand = open(2_048);
    await stand.attach();
    const tail = fc.nat({ max: 128 }).map((n) => n * 16);
    const into = new Uint8Array(2_048);
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 2_048, maxLength: 2_048 }),
        fc.oneof(tail, fc.constant(64), fc.nat({ max: 0xffff_ffff })),
        fc.nat({ max: 0xffff_ffff }),
        fc.boolean(),
        (bytes, tail, word, plausible) => {
          const proxy = stand.retire();
          if (plausible) {
            bytes.set(makeFrame(5, 64), 0);
            new DataView(bytes.buffer).setUint32(FrameOffset.GENERATION, proxy.generation, true);
          }
          stand.poke(INPUT_SPACE, bytes);
          stand.poke(At.INPUT_TAIL, wordBytes(tail));
          stand.poke(At.OUTPUT_HEAD, wordBytes(word));
          stand.poke(At.PROCESS_SLEEPING, wordBytes(word));
          if (plausible && tail === 64) {
            assertEquals(streamsOf(into, proxy.read(into)), [5], "a good frame among garbage");
            return;
          }
          for (const call of [() => proxy.read(into), () => proxy.prepareSleep(16)]) {
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
}
