import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { NativeFault } from "../native/fault.ts";
import { native } from "../native/ffi.ts";
import {
  makeFrame,
  receive,
  send,
  SlotFixture,
  within,
} from "../tests/conformance/slot_fixture.ts";
import { testUnless } from "../tests/skip.ts";
import { attachSlot } from "./attach.ts";
import { segmentBytes } from "../native/layout.ts";
import { Segment } from "./segment.ts";

native();

function temporaryDirectory(): { path: string } & Disposable {
  const path = Deno.makeTempDirSync({ dir: "/dev/shm", prefix: "mesh_test_" });
  return { path, [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }) };
}

function faultOf(call: () => unknown): NativeFault {
  return assertThrows(call, NativeFault);
}

/** How often an eventfd was signalled since it was last read. */
function signalsOf(eventFd: number): number {
  const info = Deno.readTextFileSync(`/proc/self/fdinfo/${eventFd}`);
  return parseInt(/eventfd-count:\s*([0-9a-f]+)/.exec(info)?.[1] ?? "", 16);
}

/** A process that makes a segment, says so and waits to be killed. */
async function ownerProcess(path: string) {
  const script = `
    import { Segment } from ${JSON.stringify(import.meta.resolve("./segment.ts"))};
    const segment = Segment.create({ path: ${JSON.stringify(path)}, slots: 1, spaceBytes: 2048 });
    console.log("made");
    await new Promise((resolve) => setTimeout(resolve, 60_000));
    console.log(segment);`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-lock", script],
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  await within(reader.read(), "the owner's segment");
  return {
    pid: child.pid,
    async kill() {
      child.kill("SIGKILL");
      await child.status;
      await reader.cancel();
    },
  };
}

Deno.test("a segment has its full size, mode 0600, and is gone when disposed", () => {
  using directory = temporaryDirectory();
  const path = `${directory.path}/segment`;
  {
    using segment = Segment.create({ path, slots: 3, spaceBytes: 4096 });
    const stat = Deno.statSync(path);
    assertEquals(stat.size, segmentBytes(3, 4096));
    assertEquals((stat.mode ?? 0) & 0o777, 0o600);
    assert((stat.blocks ?? 0) * 512 >= stat.size, "all its memory is there from the start");
    assertEquals([segment.slots, segment.slot(2).index, segment.slot(2).side], [3, 2, "proxy"]);
    assertThrows(() => segment.slot(3), RangeError);
  }
  assertEquals([...Deno.readDirSync(directory.path)], []);
});

Deno.test("every segment has another epoch", () => {
  using directory = temporaryDirectory();
  using a = Segment.create({ path: `${directory.path}/a`, slots: 1, spaceBytes: 2048 });
  using b = Segment.create({ path: `${directory.path}/b`, slots: 1, spaceBytes: 2048 });
  assertNotEquals(a.epoch, b.epoch);
});

Deno.test("sizes that are not allowed are refused with what was seen", () => {
  using directory = temporaryDirectory();
  const path = `${directory.path}/segment`;
  for (
    const [slots, spaceBytes, observed] of [[0, 2048, 0], [1025, 2048, 1025], [1, 1024, 1024], [
      1,
      3000,
      3000,
    ], [1, 128 * 1024 * 1024, 128 * 1024 * 1024]] as const
  ) {
    const fault = faultOf(() => Segment.create({ path, slots, spaceBytes }));
    assertEquals([fault.fault, fault.observed], ["ARGUMENT", observed]);
  }
  assertEquals([...Deno.readDirSync(directory.path)], []);
});

Deno.test("a segment of a living owner is refused with the owner's pid, and not touched", () => {
  using directory = temporaryDirectory();
  const path = `${directory.path}/segment`;
  using _segment = Segment.create({ path, slots: 1, spaceBytes: 2048 });
  const inode = Deno.statSync(path).ino;
  const fault = faultOf(() => Segment.create({ path, slots: 1, spaceBytes: 2048 }));
  assertEquals([fault.fault, fault.code, fault.observed], ["LIVE_OWNER", "UNAVAILABLE", Deno.pid]);
  assertEquals(Deno.statSync(path).ino, inode);
});

Deno.test("a killed owner's segment is replaced by a new file, and its old memory is left alone", async () => {
  using directory = temporaryDirectory();
  const path = `${directory.path}/segment`;
  const owner = await ownerProcess(path);
  try {
    const live = faultOf(() => Segment.create({ path, slots: 1, spaceBytes: 2048 }));
    assertEquals([live.fault, live.observed], ["LIVE_OWNER", owner.pid]);
  } finally {
    await owner.kill();
  }
  using old = await Deno.open(path);
  const before = await old.stat();
  using segment = Segment.create({ path, slots: 2, spaceBytes: 4096 });
  assertNotEquals(Deno.statSync(path).ino, before.ino);
  assertEquals(
    (await old.stat()).size,
    before.size,
    "whoever has it mapped must not see it shrink",
  );
  assertEquals(segment.slots, 2);
});

Deno.test("a process that outlives its proxy does not keep the segment's owner alive", async () => {
  const script = `
    import { SlotFixture } from ${
    JSON.stringify(import.meta.resolve("../tests/conformance/slot_fixture.ts"))
  };
    const fixture = new SlotFixture();
    console.log(fixture.directory);
    await fixture.admit(0);
    await new Promise((resolve) => setTimeout(resolve, 60_000));`;
  const owner = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-lock", script],
    stdout: "piped",
  }).spawn();
  const reader = owner.stdout.getReader();
  const { value } = await within(reader.read(), "the other proxy");
  const other = new TextDecoder().decode(value).trim();
  const { end } = await attachSlot(`${other}/control`, new Uint8Array(), 10_000);
  using _end = end;
  owner.kill("SIGKILL");
  await owner.status;
  await reader.cancel();
  using segment = Segment.create({ path: `${other}/segment`, slots: 1, spaceBytes: 2048 });
  assertEquals(segment.slots, 1);
  assertEquals(send(end, makeFrame(1)), true, "the old map is still there");
  segment[Symbol.dispose]();
  await Deno.remove(other, { recursive: true });
});

Deno.test("when several servers want a dead owner's place at once, exactly one gets it", async () => {
  using directory = temporaryDirectory();
  const path = `${directory.path}/segment`;
  const dead = await ownerProcess(path);
  await dead.kill();
  const script = `
    import { Segment } from ${JSON.stringify(import.meta.resolve("./segment.ts"))};
    import { native } from ${JSON.stringify(import.meta.resolve("../native/ffi.ts"))};
    native();
    console.log("loaded");
    await Deno.stdin.read(new Uint8Array(1));
    try {
      Segment.create({ path: ${JSON.stringify(path)}, slots: 1, spaceBytes: 2048 });
      console.log("MADE");
    } catch (error) {
      console.log(error.fault);
    }
    await Deno.stdin.read(new Uint8Array(1));`;
  const rivals = await Promise.all(Array.from({ length: 4 }, async () => {
    const child = new Deno.Command(Deno.execPath(), {
      args: ["eval", "--no-lock", script],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const [reader, writer] = [child.stdout.getReader(), child.stdin.getWriter()];
    const line = async () => {
      const { value } = await within(reader.read(), "a line");
      return new TextDecoder().decode(value).trim();
    };
    assertEquals(await line(), "loaded");
    return { child, reader, writer, line };
  }));
  for (const { writer } of rivals) await writer.write(new Uint8Array(1));
  const outcomes = await Promise.all(rivals.map(({ line }) => line()));
  assertEquals(outcomes.sort(), ["LIVE_OWNER", "LIVE_OWNER", "LIVE_OWNER", "MADE"]);
  for (const { child, reader, writer } of rivals) {
    child.kill("SIGKILL");
    await child.status;
    await reader.cancel();
    await writer.abort().catch(() => {});
  }
});

Deno.test("a dead owner's segment of another version is replaced", () => {
  using directory = temporaryDirectory();
  const path = `${directory.path}/segment`;
  const old = new Uint8Array(4096);
  old.set(new TextEncoder().encode("meshSEG1"));
  old[8] = 99;
  Deno.writeFileSync(path, old);
  using segment = Segment.create({ path, slots: 1, spaceBytes: 2048 });
  assertEquals(Deno.statSync(path).size, segmentBytes(1, 2048));
  assertEquals(segment.slots, 1);
});

Deno.test("a file that is no segment is refused and not removed", () => {
  using directory = temporaryDirectory();
  const path = `${directory.path}/segment`;
  Deno.writeTextFileSync(path, "somebody's notes".repeat(100));
  const fault = faultOf(() => Segment.create({ path, slots: 1, spaceBytes: 2048 }));
  assertEquals(fault.fault, "SEGMENT");
  assert(fault.message.includes("remove it by hand"), fault.message);
  assertEquals(Deno.statSync(path).size, 1600);
});

Deno.test("a directory that is not there is told", () => {
  const fault = faultOf(() =>
    Segment.create({ path: "/nowhere/at/all/segment", slots: 1, spaceBytes: 2048 })
  );
  assertEquals([fault.fault, fault.code], ["SYSTEM", "UNAVAILABLE"]);
  assert(fault.message.includes("/nowhere/at/all"), fault.message);
});

const mayMount = Deno.uid() === 0 &&
  (await new Deno.Command("unshare", { args: ["-m", "true"] }).output().catch(() => undefined))
      ?.success === true;

testUnless(
  mayMount ? undefined : "mounting a small tmpfs needs root",
  "a file system with too little room is told with needed and available bytes, and nothing is left",
  async () => {
    using directory = temporaryDirectory();
    const mount = async (command: string, ...args: string[]) => {
      const { success, stderr } = await new Deno.Command(command, { args }).output();
      assert(success, new TextDecoder().decode(stderr));
    };
    await mount("mount", "-t", "tmpfs", "-o", "size=1m,mode=0700", "none", directory.path);
    try {
      const path = `${directory.path}/segment`;
      const fault = faultOf(() => Segment.create({ path, slots: 4, spaceBytes: 262_144 }));
      assertEquals([fault.fault, fault.code], ["NO_ROOM", "RESOURCE_EXHAUSTED"]);
      assertEquals([fault.observed, fault.wanted], [1_048_576, segmentBytes(4, 262_144)]);
      assertEquals([...Deno.readDirSync(directory.path)], []);
      using small = Segment.create({ path, slots: 4, spaceBytes: 65_536 });
      assertEquals(small.slots, 4, "what fits, works");
    } finally {
      await mount("umount", directory.path);
    }
  },
);

Deno.test("a retired slot is empty, has a new generation and new marks", async () => {
  await using fixture = new SlotFixture();
  const { end: old } = await fixture.attach(0);
  const before = fixture.segment.slot(0);
  assert(send(before, makeFrame(1)));
  assert(send(old, makeFrame(2)));
  const after = fixture.segment.retire(0);
  assertEquals(fixture.segment.slot(0), after);
  assertEquals(after.generation, before.generation + 1);
  assertEquals([after.published(), after.consumed()], [0, 0]);
  assertEquals(receive(after), []);
  assertThrows(() => receive(before), NativeFault, "closed");

  const { end: next } = await fixture.attach(0);
  assertEquals(next.generation, after.generation);
  assert(send(next, makeFrame(3)));
  assertEquals(receive(after), [3]);
  assert(send(after, makeFrame(4)));
  assertEquals(receive(next), [4]);
});

Deno.test("frames of a process of the last generation are dropped and counted", async () => {
  await using fixture = new SlotFixture();
  const { end: old } = await fixture.attach(0);
  const after = fixture.segment.retire(0);
  // It is not dead after all, and still has the memory mapped.
  assert(send(old, makeFrame(2)));
  assertEquals(receive(after), []);
  assertEquals(after.droppedFrames, 1);
});

Deno.test("a retired slot's old process cannot alert the proxy any more", async () => {
  await using fixture = new SlotFixture();
  const { end: old } = await fixture.attach(0);
  const before = fixture.segment.slot(0);
  assertEquals(before.prepareSleep(0), 0);
  assert(send(old, makeFrame(1)));
  assertEquals(signalsOf(before.eventFd), 1);

  const after = fixture.segment.retire(0);
  assertEquals(after.prepareSleep(0), 0);
  assert(send(old, makeFrame(2)));
  assertEquals(signalsOf(after.eventFd), 0);
});
