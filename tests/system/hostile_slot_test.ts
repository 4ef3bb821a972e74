/** A process that corrupts its own slot, or sends nonsense through it, loses the slot; nobody else notices. */
import { machineClockOffsetMs } from "../../shm/machine_clock.ts";
import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { attach } from "../../client/attach.ts";
import { project } from "../support/spawned_mesh.ts";
import { FRAME_MAX_BYTES } from "../../limits.ts";
import { native } from "../../native/ffi.ts";
import { attachSlot } from "../../shm/attach.ts";
import {
  ControlOffset,
  INPUT_SPACE,
  outputSpace,
  slotOffset,
  slotStride,
} from "../../native/layout.ts";
import type { SlotEnd } from "../../shm/slot_end.ts";
import { deadlineTicks } from "../../wire/deadline.ts";
import { FrameFlag, FrameKind } from "../../wire/frame.ts";
import { frame, requestBody, u32 } from "../chaos/support/frames.ts";
import { Random } from "../chaos/support/random.ts";
import { isAlive, serve, type Serving, until } from "../chaos/support/servers.ts";
import { endings, Load } from "../support/load.ts";

// Now, and not in the first test that attaches: its leak sanitizer would report an open library.
native();

const FILES = {
  "work.js": `export const echo = (input) => input;
export const hold = (_, { signal }) =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
export async function* flow() { for (;;) { yield "x".repeat(1000); } }`,
};
const WHOLE = FrameFlag.FIRST | FrameFlag.LAST;
const GUEST = new TextEncoder().encode(`{"kind":"guest"}`);

/** A server under load, in which a test may do its worst: not one of the load's calls may notice. */
async function attacked(
  spaceBytes: number,
  attack: (server: Serving, join: () => Promise<SlotEnd>) => Promise<void>,
): Promise<void> {
  await using p = await project({
    ...FILES,
    "mesh.json": JSON.stringify({ shm: { spaceBytes, slots: 6 } }),
  });
  await using server = await serve(
    p,
    ...["one", "--role", "exec", "--services", "work.js", "--processes", "2"] as const,
  );
  const [before] = [await server.slots("exec")];
  using mesh = await attach(server);
  const load = new Load(100, 5_000, (i) => mesh.call("work.echo", i));
  let samples;
  try {
    await load.more(10);
    await attack(server, async () => {
      // The last one's slot is free as soon as the proxy has seen that its life line has ended.
      const path = join(server.runtimeDir, "control.sock");
      return (await attachSlot(path, GUEST, 5_000)).end;
    });
    await load.more(10);
  } finally {
    samples = await load.stop();
  }
  assertEquals(endings(samples), { ok: samples.length });
  for (const { number, value } of samples) assertEquals(value, number);
  await until("no call is left", async () => (await server.status()).counters.openCalls === 0);
  assert(isAlive(server.pid));
  const after = await server.slots("exec");
  assertEquals(
    after.map(({ pid }) => pid),
    before.map(({ pid }) => pid),
    "the workers are the same",
  );
  server.kill("SIGTERM");
  const { code, stderr } = await server.ended;
  assertEquals(code, 0, stderr);
}

async function slotFaults(server: Serving): Promise<number> {
  return (await server.status()).counters.slotFaults;
}

/** Waits until the proxy has worked off what was sent: a later guest's slot has been looked at. */
async function settled(server: Serving, slot: number, generation: number): Promise<void> {
  await until("the slot is free", async () => {
    const now = (await server.status()).slots[slot]!;
    return now.kind === null && now.generation !== generation;
  });
}

for (const spaceBytes of [2_048, 65_536]) {
  Deno.test(`Random bytes over control words, frames and skip markers cost the writer its slot (spaces of ${spaceBytes} bytes)`, async () => {
    const random = Random.printed(`hostile slot ${spaceBytes}`);
    await attacked(spaceBytes, async (server, join) => {
      using segment = await Deno.open(`${server.runtimeDir}/segment`, { write: true, read: true });
      const write = (offset: number, bytes: Uint8Array) => {
        segment.seekSync(offset, Deno.SeekMode.Start);
        segment.writeSync(bytes);
      };
      const words = Object.values(ControlOffset).filter((offset) => offset !== ControlOffset.END);
      const corruptions: ((slot: number) => void)[] = [
        // One control word.
        (slot) => write(slot + random.pick(words), random.bytes(4)),
        (slot) => write(slot + random.pick(words), u32(random.below(4 * spaceBytes))),
        (slot) => write(slot + ControlOffset.INPUT_TAIL, u32(16 * random.below(spaceBytes / 4))),
        // All of them.
        (slot) => write(slot, random.bytes(ControlOffset.END)),
        // Headers and bodies of the frames that wait.
        (slot) => write(slot + INPUT_SPACE + 4 * random.below(spaceBytes / 64), random.bytes(4)),
        (slot) => write(slot + INPUT_SPACE, random.bytes(spaceBytes)),
        // A skip marker of any length.
        (slot) => write(slot + INPUT_SPACE, frame(0, new Uint8Array(0), { length: random.u32() })),
        (slot) =>
          write(
            slot + INPUT_SPACE,
            frame(0, new Uint8Array(0), { length: 16 * random.below(spaceBytes / 8) }),
          ),
        // The whole slot.
        (slot) => write(slot + outputSpace(spaceBytes), random.bytes(spaceBytes)),
        (slot) => write(slot, random.bytes(slotStride(spaceBytes))),
      ];
      for (let round = 0; round < 60; round++) {
        const end = await join();
        const { index, generation } = end;
        const offset = slotOffset(index, spaceBytes);
        // While the proxy stands still: honest frames, then the damage.
        server.kill("SIGSTOP");
        try {
          const request = frame(FrameKind.REQUEST, requestBody("work.echo", inAMinute()), {
            flags: WHOLE,
            stream: 1,
          });
          end.write(request, 0, request.length);
          const cancel = frame(FrameKind.CANCEL, new Uint8Array(0), { stream: 99 });
          for (let i = 0; i < 8; i++) end.write(cancel, 0, cancel.length);
          for (let i = random.below(3); i >= 0; i--) random.pick(corruptions)(offset);
        } finally {
          server.kill("SIGCONT");
        }
        // It has looked at the slot when it has answered.
        await server.status();
        end[Symbol.dispose]();
        await settled(server, index, generation);
        // The slot is as good as new.
        using mesh = await attach(server);
        assertEquals(await mesh.call("work.echo", round), round);
      }
      const faults = await slotFaults(server);
      console.log(`${faults} of 60 guests were thrown out`);
      assert(faults > 10, `${faults} slot faults`);
    });
  });
}

Deno.test("Well-formed frames that no process may send cost it the slot", async () => {
  const random = Random.printed("hostile frames");
  const request = requestBody("work.hold", inAMinute());
  const empty = new Uint8Array(0);
  const oddities: [string, Uint8Array[]][] = [
    ["a kind of links", [frame(FrameKind.HELLO, empty)]],
    ["a kind that does not exist", [frame(15, empty)]],
    ["DRAIN, which is the proxy's", [frame(FrameKind.DRAIN, empty, { flags: WHOLE })]],
    ["READY of a guest", [
      frame(FrameKind.READY, new TextEncoder().encode(`{"services":[]}`), { flags: WHOLE }),
    ]],
    ["FAILED of a guest", [
      frame(FrameKind.FAILED, new TextEncoder().encode(`{"message":"no"}`), { flags: WHOLE }),
    ]],
    ["GROUPS, which is the proxy's", [frame(FrameKind.GROUPS, empty, { flags: WHOLE })]],
    ["an answer to GROUPS in pieces", [
      frame(FrameKind.GROUPS_LOADED, empty, { flags: FrameFlag.FIRST }),
    ]],
    ["a request without a head", [frame(FrameKind.REQUEST, empty, { flags: WHOLE, stream: 1 })]],
    ["a random head", [frame(FrameKind.REQUEST, random.bytes(300), { flags: WHOLE, stream: 1 })]],
    ["a stream id in use", [
      frame(FrameKind.REQUEST, request, { flags: WHOLE, stream: 7 }),
      frame(FrameKind.REQUEST, request, { flags: WHOLE, stream: 7 }),
    ]],
    ["a frame about itself between others", [
      frame(FrameKind.CANCEL, empty, { stream: 3 }),
      frame(FrameKind.DRAIN, empty, { flags: WHOLE }),
      frame(FrameKind.REQUEST, request, { flags: WHOLE, stream: 8 }),
    ]],
  ];
  await attacked(65_536, async (server, join) => {
    for (const [what, frames] of oddities) {
      const before = await slotFaults(server);
      using end = await join();
      const burst = Uint8Array.from(frames.flatMap((bytes) => [...bytes]));
      assertEquals(end.write(burst, 0, burst.length), burst.length);
      await settled(server, end.index, end.generation);
      assertEquals(await slotFaults(server), before + 1, what);
    }
  });
});

Deno.test("Replies to calls of others, frames of streams that do not exist and absurd credit are without effect", async () => {
  const random = Random.printed("hostile streams");
  await attacked(65_536, async (server, join) => {
    using end = await join();
    const room = new Uint8Array(FRAME_MAX_BYTES);
    const send = async (bytes: Uint8Array) => {
      await until("there is room", () => {
        while (end.read(room) > 0);
        return end.write(bytes, 0, bytes.length) > 0;
      });
    };
    for (let i = 0; i < 5_000; i++) {
      const kind = random.pick([
        FrameKind.REPLY,
        FrameKind.END,
        FrameKind.ERROR,
        FrameKind.CANCEL,
        FrameKind.REQUEST_CREDIT,
      ]);
      // The ids of the calls under way are small, and their reuse counts are, too.
      const stream = random.below(8) | (random.below(512) << 20);
      await send(
        frame(kind, random.bytes(8), {
          flags: random.pick([0, WHOLE, WHOLE | FrameFlag.END]),
          stream,
        }),
      );
    }
    // All the credit there is, for a stream that has no end.
    await send(
      frame(FrameKind.REQUEST, requestBody("work.flow", inAMinute()), { flags: WHOLE, stream: 1 }),
    );
    const credit = frame(FrameKind.REPLY_CREDIT, u32(0xffff_ffff), { stream: 1 });
    let received = 0;
    await until("a few megabytes have come", () => {
      for (let drained = end.read(room); drained > 0; drained = end.read(room)) {
        received += drained;
      }
      end.write(credit, 0, credit.length);
      return received > 4_000_000;
    });
    await send(frame(FrameKind.CANCEL, new Uint8Array(0), { stream: 1 }));
    const { counters, slots } = await server.status();
    assert((counters as { lateFrames: number }).lateFrames > 1_000);
    assertEquals(counters.slotFaults, 0);
    assertEquals(slots[end.index]!.kind, "guest");
  });
});

/** A deadline as it stands in a slot. */
function inAMinute(): number {
  return deadlineTicks(performance.now() + machineClockOffsetMs() + 60_000);
}
