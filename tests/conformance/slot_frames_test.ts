/**
 * What honest sides do with a slot: frames, room, generations and wake-ups, on a real one and on a simulated one.
 *
 * @module
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { frameMaxBytes } from "../../limits.ts";
import { Wish } from "../../native/layout.ts";
import type { AnySlotEnd } from "../../shm/slot_end.ts";
import { SlotFault } from "../../shm/slot_fault.ts";
import { FrameOffset } from "../../wire/frame.ts";
import { makeFrame, receive, send, streamsOf } from "./slot_fixture.ts";
import { slotTest } from "./slot_stand.ts";

/** Several frames in one buffer. */
function framesOf(count: number, length: number): Uint8Array {
  const frames = Array.from({ length: count }, (_, stream) => makeFrame(stream, length));
  const all = new Uint8Array(count * frames[0]!.length);
  for (const [i, frame] of frames.entries()) all.set(frame, i * frame.length);
  return all;
}

function unreadOf(end: AnySlotEnd): number[] {
  const bytes = end.unread();
  return streamsOf(bytes, bytes.length);
}

for (const spaceBytes of [2_048, 8_192, 65_536, 262_144]) {
  slotTest(`an end knows its slot, spaces of ${spaceBytes} bytes`, async (stand) => {
    const process = await stand.attach();
    for (const [end, side] of [[stand.proxy, "proxy"], [process, "process"]] as const) {
      assertEquals([end.side, end.index, end.generation], [side, 1, 1]);
      assertEquals([end.spaceBytes, end.maxFrameBytes], [spaceBytes, frameMaxBytes(spaceBytes)]);
    }
    assertEquals(stand.proxy.lifeline, -1);
    assert(process.lifeline >= 0);
  }, spaceBytes);

  slotTest(`frames come in order, also around the end of ${spaceBytes} bytes`, async (stand) => {
    const process = await stand.attach();
    const into = new Uint8Array(spaceBytes);
    for (const [from, to] of [[process, stand.proxy], [stand.proxy, process]] as const) {
      let next = 0;
      for (let round = 0; round < 100; round++) {
        const sent: number[] = [];
        const length = () => 16 + (next * 9_973) % (from.maxFrameBytes - 15);
        while (send(from, makeFrame(next, length()))) sent.push(next++);
        assert(sent.length > 0, "a largest frame fits into an empty space, wherever it begins");
        assertEquals(streamsOf(into, to.read(into)), sent);
      }
    }
  }, spaceBytes);
}

slotTest("a frame arrives with the slot's generation and zeroed padding", async (stand) => {
  const process = await stand.attach();
  for (const [from, to] of [[process, stand.proxy], [stand.proxy, process]] as const) {
    const frame = makeFrame(9, 21);
    frame.fill(0xff, 21);
    assert(send(from, frame));
    const into = new Uint8Array(2_048).fill(0xee);
    assertEquals(to.read(into), 32);
    const wanted = makeFrame(9, 21);
    new DataView(wanted.buffer).setUint32(FrameOffset.GENERATION, from.generation, true);
    assertEquals(into.subarray(0, 32), wanted);
    assertEquals(to.read(into), 0, "empty is a value");
  }
});

slotTest("write sends what fits and goes on from there", async (stand) => {
  const process = await stand.attach();
  const frames = framesOf(5, 1_024);
  const seen: number[] = [];
  for (let at = 0; at < frames.length;) {
    const consumed = process.write(frames, at, frames.length);
    assert(consumed > 0);
    at += consumed;
    assertEquals(
      process.write(frames, at, frames.length),
      0,
      "full is a value, and so is nothing",
    );
    seen.push(...receive(stand.proxy));
  }
  assertEquals(seen, [0, 1, 2, 3, 4]);
  assertThrows(() => process.write(frames, 0, frames.length + 16), RangeError);
});

slotTest("a buffer gets whole frames only, and the others stay", async (stand) => {
  const process = await stand.attach();
  assertEquals(process.write(framesOf(4, 500), 0, 2_048), 2_048);
  const into = new Uint8Array(1_024 + 15);
  assertEquals(streamsOf(into, stand.proxy.read(into)), [0, 1]);
  const larger = new Uint8Array(1_024 + 16);
  assertEquals(streamsOf(larger, stand.proxy.read(larger)), [2, 3]);
  assertEquals(stand.proxy.read(into), 0);
});

slotTest("a frame of 16 bytes fits into 16 bytes that are left", async (stand) => {
  const process = await stand.attach();
  for (const length of [512, 496, 16, 16]) assert(send(process, makeFrame(length, length)));
  const into = new Uint8Array(1_024);
  assertEquals(streamsOf(into, stand.proxy.read(into)), [512, 496, 16]);
  assertEquals(receive(stand.proxy), [16]);
});

slotTest("what was taken is unread for the other side until it is released", async (stand) => {
  const process = await stand.attach();
  const { proxy } = stand;
  const into = new Uint8Array(2_048);
  let position = 0;
  for (let round = 0; round < 40; round++) {
    for (const stream of [0, 1, 2]) assert(send(proxy, makeFrame(stream, 304)));
    assertEquals(process.take(into), 3 * 304);
    assertEquals(unreadOf(proxy), [0, 1, 2]);
    position = process.nextPosition(position, 304);
    process.release(position);
    assertEquals(proxy.consumed(), position);
    process.release(position); // again, which is nothing
    assertEquals(unreadOf(proxy), [1, 2]);
    position = process.nextPosition(process.nextPosition(position, 304), 304);
    assertEquals([process.releaseAll(), proxy.published()], [position, position]);
    assertEquals(unreadOf(proxy), []);
    assertEquals(process.take(into), 0);
  }
});

slotTest("taken bytes are not given away before they are released", async (stand) => {
  const process = await stand.attach();
  const { proxy } = stand;
  assertEquals(proxy.write(framesOf(2, 1_024), 0, 2_048), 2_048);
  const into = new Uint8Array(2_048);
  assertEquals(process.take(into), 2_048);
  assertEquals([send(proxy, makeFrame(7)), process.take(into)], [false, 0]);
  process.release(1_024);
  assertEquals(proxy.write(framesOf(2, 1_024), 0, 2_048), 1_024);
});

slotTest(
  "a position that was not taken, or is released already, is a fault of the caller",
  async (stand) => {
    const process = await stand.attach();
    for (const stream of [0, 1]) assert(send(stand.proxy, makeFrame(stream, 32)));
    process.take(new Uint8Array(1_024));
    process.release(32);
    for (const [position, observed] of [[80, 48], [40, 8], [16, 2 ** 32 - 16]] as const) {
      const fault = assertThrows(() => process.release(position), SlotFault);
      assertEquals([fault.fault, fault.observed, fault.wanted], ["ARGUMENT", observed, 32]);
    }
    process.release(64);
  },
);

slotTest("published and consumed tell whether the other side has a frame", async (stand) => {
  const process = await stand.attach();
  assert(send(stand.proxy, makeFrame(1, 48)));
  assertEquals([stand.proxy.published(), stand.proxy.consumed()], [48, 0]);
  receive(process);
  assertEquals([stand.proxy.published(), stand.proxy.consumed()], [48, 48]);
});

slotTest(
  "the modes of the marks follow from the spaces, and both sides see the same",
  async (stand) => {
    const process = await stand.attach();
    const { proxy } = stand;
    const show = (wanted: ReturnType<AnySlotEnd["modes"]>) =>
      assertEquals([proxy.modes(), process.modes()], [wanted, wanted]);
    const empty = { read: false, write: true };
    show({ proxy: empty, process: empty });
    for (const stream of [1, 2]) assert(send(process, makeFrame(stream, 1_024)));
    show({ proxy: { read: true, write: true }, process: { read: false, write: false } });
    receive(proxy);
    for (const stream of [3, 4]) assert(send(proxy, makeFrame(stream, 1_024)));
    show({ proxy: { read: false, write: false }, process: { read: true, write: true } });
  },
);

slotTest("prepareSleep says what is there already, and 0 when there is nothing", async (stand) => {
  const process = await stand.attach();
  assertEquals(process.prepareSleep(0), 0);
  assertEquals(process.prepareSleep(1_024), Wish.ROOM);
  assertEquals(process.prepareSleep(1 << 20), Wish.ROOM, "as if for a largest frame");
  assert(send(stand.proxy, makeFrame(1)));
  assertEquals(process.prepareSleep(0), Wish.FRAMES);
  assertEquals(process.prepareSleep(16), Wish.FRAMES | Wish.ROOM);
  receive(process);
  while (send(process, makeFrame(2, 1_024)));
  assertEquals(process.prepareSleep(16), 0, "full");
});

slotTest("who sleeps for frames is alerted by the first, and not by room", async (stand) => {
  const process = await stand.attach();
  const { proxy } = stand;
  assert(send(process, makeFrame(1)));
  assertEquals(process.prepareSleep(0), 0);
  assertEquals(receive(proxy), [1]);
  assertEquals(stand.signals(process), 0, "room was not wished for");
  for (const stream of [2, 3]) assert(send(proxy, makeFrame(stream)));
  assertEquals(stand.signals(process), 1, "one sleep is ended by one signal");
  assertEquals(stand.signals(proxy), 0);
});

slotTest(
  "who sleeps for room is alerted when it is made, by each way of making it",
  async (stand) => {
    const process = await stand.attach();
    const { proxy } = stand;
    const into = new Uint8Array(1_024);
    const makeRoom = [
      () => proxy.read(into),
      () => {
        proxy.take(into);
        assertEquals(stand.signals(process), 1, "what is only taken makes no room");
        proxy.release(proxy.nextPosition(stand.proxy.published() + 1_024, 1_024) >>> 0);
      },
      () => {
        proxy.take(into);
        proxy.releaseAll();
      },
    ];
    for (const [times, make] of makeRoom.entries()) {
      while (send(process, makeFrame(2, 1_024)));
      assertEquals(process.prepareSleep(1_024), 0);
      assertEquals(stand.signals(process), times);
      make();
      assertEquals(stand.signals(process), times + 1);
    }
  },
);

slotTest("who sleeps for both is alerted once, by whichever comes first", async (stand) => {
  const process = await stand.attach();
  while (send(process, makeFrame(2, 1_024)));
  assertEquals(process.prepareSleep(1_024), 0);
  assert(send(stand.proxy, makeFrame(1)));
  receive(stand.proxy);
  assertEquals(stand.signals(process), 1);
  assertEquals(process.prepareSleep(1_024), Wish.FRAMES | Wish.ROOM);
  receive(process);
  assert(send(stand.proxy, makeFrame(2)));
  assertEquals(stand.signals(process), 1, "it was awake");
});

slotTest(
  "a sender that finds no room, and a reader that finds nothing, alert nobody",
  async (stand) => {
    const process = await stand.attach();
    const { proxy } = stand;
    while (send(process, makeFrame(2, 1_024)));
    assertEquals(process.prepareSleep(0), 0);
    assertEquals(proxy.read(new Uint8Array(1_024)), 1_024);
    receive(proxy);
    while (send(process, makeFrame(2, 1_024)));
    assertEquals(receive(process), []);
    receive(proxy);
    assertEquals(proxy.prepareSleep(0), 0);
    assertEquals([receive(process), process.write(new Uint8Array(0), 0, 0)], [[], 0]);
    assertEquals([stand.signals(proxy), stand.signals(process)], [0, 0]);
  },
);

slotTest(
  "another generation begins with empty spaces, new marks and nobody asleep",
  async (stand) => {
    const process = await stand.attach();
    const before = stand.proxy;
    assert(send(process, makeFrame(1, 1_000)));
    assert(send(before, makeFrame(2, 1_000)));
    assertEquals(process.prepareSleep(0), Wish.FRAMES);
    receive(process);
    assertEquals(process.prepareSleep(0), 0);
    const proxy = stand.retire();
    assertEquals([proxy.generation, stand.proxy === proxy], [2, true]);
    assertEquals(stand.memory().findIndex((byte, at) => byte !== (at === 0 ? 2 : 0)), -1);
    assertThrows(() => before.read(new Uint8Array(1_024)), SlotFault, "closed");
    const successor = await stand.attach();
    assertEquals(successor.generation, 2);
    assertEquals([receive(proxy), receive(successor)], [[], []]);
    assert(send(proxy, makeFrame(3)));
    assertEquals(receive(successor), [3]);
    assertEquals([stand.signals(proxy), stand.signals(successor), stand.signals(process)], [
      0,
      0,
      0,
    ]);
  },
);

slotTest("frames of a generation that is over are dropped and counted", async (stand) => {
  const ghost = await stand.attach();
  const proxy = stand.retire();
  for (const stream of [1, 2]) assert(send(ghost, makeFrame(stream, 700)));
  assertEquals([receive(proxy), proxy.droppedFrames], [[], 2]);
  assertEquals(proxy.prepareSleep(0), 0);
  assert(send(ghost, makeFrame(3)));
  assertEquals(stand.signals(proxy), 0, "it has the marks of its own generation only");
  assertEquals([receive(proxy), proxy.droppedFrames], [[], 3]);
  // The same the other way round: what is sent now is of no use to the one before.
  assert(send(proxy, makeFrame(4)));
  assertEquals([receive(ghost), ghost.droppedFrames], [[], 1]);
});

slotTest("frames of two generations lie side by side, and the gap is closed", async (stand) => {
  const ghost = await stand.attach();
  const proxy = stand.retire();
  const process = await stand.attach();
  assert(send(process, makeFrame(1, 40)));
  // The ghost publishes from where it thinks to be: over the same bytes, and behind them.
  assert(send(ghost, makeFrame(8, 48)));
  assert(send(ghost, makeFrame(9, 32)));
  assertEquals([receive(proxy), proxy.droppedFrames], [[], 2]);
});

slotTest("a closed end refuses, and shows nothing", async (stand) => {
  const process = await stand.attach();
  assert(send(process, makeFrame(1)));
  assert(send(stand.proxy, makeFrame(1)));
  process[Symbol.dispose]();
  await stand.hungUp();
  process[Symbol.dispose]();
  const refused = [
    () => process.read(new Uint8Array(2_048)),
    () => process.take(new Uint8Array(2_048)),
    () => process.release(0),
    () => send(process, makeFrame(1)),
    () => process.prepareSleep(0),
    () => process.unread(),
  ];
  for (const call of refused) {
    const fault = assertThrows(call, SlotFault, "closed");
    assertEquals([fault.fault, fault.code, fault.slot], ["CLOSED", "INTERNAL", 1]);
    assertEquals([fault.observed, fault.wanted], [0, 0]);
  }
  const nothing = { read: false, write: false };
  assertEquals(process.modes(), { proxy: nothing, process: nothing });
  assertEquals([process.published(), process.consumed(), process.releaseAll()], [0, 0, 0]);
  assertEquals([process.droppedFrames, process.generation], [0, 1]);
  assertEquals(receive(stand.proxy), [1], "what it sent is still there");
});
