import { assert, assertEquals, assertRejects } from "@std/assert";
import { MeshError } from "../errors.ts";
import { NativeFault } from "../native/fault.ts";
import { native } from "../native/ffi.ts";
import {
  leaveSocket,
  makeFrame,
  receive,
  send,
  SlotFixture,
  within,
} from "../tests/conformance/slot_fixture.ts";
import { AttachRefused, attachSlot } from "./attach.ts";
import { slotStride } from "../native/layout.ts";

native();

async function faultOf(promise: Promise<unknown>): Promise<NativeFault> {
  return await assertRejects(() => within(promise, "a fault"), NativeFault);
}

Deno.test("an attached process has its own end, and what the proxy said", async () => {
  await using fixture = new SlotFixture({ slots: 3, spaceBytes: 4096 });
  const body = new TextEncoder().encode("configuration");
  const [{ end, body: said, lifeline }] = await Promise.all([
    attachSlot(fixture.controlPath, new Uint8Array(), 10_000),
    fixture.admit(2, body),
  ]);
  using _end = end;
  assertEquals(said, body);
  assertEquals([end.side, end.index, end.generation, end.spaceBytes, end.maxFrameBytes], [
    "process",
    2,
    1,
    4096,
    2048,
  ]);
  assertEquals([end.lifeline, fixture.segment.slot(2).lifeline], [lifeline, -1]);
});

Deno.test("a process maps its own slot and nothing else", async () => {
  await using fixture = new SlotFixture({ slots: 3, spaceBytes: 4096 });
  const script = `
    import { attachSlot } from ${JSON.stringify(import.meta.resolve("./attach.ts"))};
    await attachSlot(${JSON.stringify(fixture.controlPath)}, new Uint8Array(), 10_000);
    console.log(Deno.readTextFileSync("/proc/self/maps"));
    Deno.exit(0);`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-lock", script],
    stdout: "piped",
  }).spawn();
  await within(fixture.admit(1), "the hello");
  const { stdout } = await child.output();
  const maps = new TextDecoder().decode(stdout).split("\n").filter((line) =>
    line.includes("rw-s") && line.includes("mesh_test_")
  );
  assertEquals(maps.length, 1);
  const [range = "", , offset = ""] = maps[0]!.split(/\s+/);
  const [from = "", to = ""] = range.split("-");
  assertEquals(parseInt(to, 16) - parseInt(from, 16), slotStride(4096));
  assertEquals(parseInt(offset, 16), 4096 + slotStride(4096));
});

Deno.test("frames that the proxy sent before the process attached are there", async () => {
  await using fixture = new SlotFixture();
  assert(send(fixture.segment.slot(0), makeFrame(3)));
  const { end } = await fixture.attach(0);
  assertEquals(receive(end), [3]);
});

Deno.test("a refusal is an error with what the proxy said", async () => {
  await using fixture = new SlotFixture();
  const attaching = attachSlot(fixture.controlPath, new Uint8Array(), 10_000);
  const event = await fixture.nextEvent();
  assert(fixture.server.refuse(event.connection, new TextEncoder().encode("no free slot")));
  const error = await assertRejects(() => attaching, AttachRefused);
  assert(error instanceof MeshError);
  assertEquals([error.code, error.started], ["UNAVAILABLE", false]);
  assertEquals(new TextDecoder().decode(error.body), "no free slot");
});

Deno.test("a refusal of one mebibyte arrives whole, though the proxy closes behind it", async () => {
  await using fixture = new SlotFixture();
  const attaching = attachSlot(fixture.controlPath, new Uint8Array(), 10_000);
  const event = await fixture.nextEvent();
  fixture.server.refuse(event.connection, new Uint8Array(1024 * 1024).fill(9));
  const error = await assertRejects(() => within(attaching, "the refusal"), AttachRefused);
  assertEquals(error.body.byteLength, 1024 * 1024);
  assert(error.body.every((byte) => byte === 9));
});

Deno.test("no socket, or none that anybody listens on, is told at once", async () => {
  const missing = await faultOf(attachSlot("/nowhere/control", new Uint8Array(), 10_000));
  assertEquals([missing.fault, missing.code, missing.started], ["SYSTEM", "UNAVAILABLE", false]);
  assert(missing.message.includes("/nowhere/control"), missing.message);
  const directory = await Deno.makeTempDir({ dir: "/dev/shm", prefix: "mesh_test_" });
  const path = `${directory}/control`;
  await leaveSocket(path);
  assert((await Deno.lstat(path)).isSocket);
  assertEquals((await faultOf(attachSlot(path, new Uint8Array(), 10_000))).fault, "SYSTEM");
  await Deno.remove(directory, { recursive: true });
});

Deno.test("a proxy that does not answer is given up after the time-out", async () => {
  await using fixture = new SlotFixture();
  const fault = await faultOf(attachSlot(fixture.controlPath, new Uint8Array(), 30));
  assertEquals([fault.fault, fault.code, fault.wanted], ["TIMED_OUT", "DEADLINE_EXCEEDED", 30]);
});

Deno.test("a proxy that hangs up before its answer is a fault", async () => {
  await using fixture = new SlotFixture();
  const attaching = attachSlot(fixture.controlPath, new Uint8Array(), 10_000);
  const event = await fixture.nextEvent();
  fixture.server.hangUp(event.connection);
  assertEquals((await faultOf(attaching)).fault, "HUNG_UP");
});

Deno.test("something that is no proxy is recognised by its answer", async () => {
  const directory = await Deno.makeTempDir({ dir: "/dev/shm", prefix: "mesh_test_" });
  const path = `${directory}/control`;
  const answers: [Uint8Array, string][] = [
    [new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n\r\n"), "PROTOCOL"],
    // An admission without file descriptors.
    [new Uint8Array([...new TextEncoder().encode("mCTL"), 2, ...new Uint8Array(35)]), "PROTOCOL"],
    // A hello.
    [new Uint8Array([...new TextEncoder().encode("mCTL"), 1, ...new Uint8Array(35)]), "PROTOCOL"],
  ];
  using listener = Deno.listen({ transport: "unix", path });
  for (const [answer, fault] of answers) {
    const attaching = attachSlot(path, new Uint8Array(), 10_000);
    using connection = await listener.accept();
    await connection.write(answer);
    assertEquals((await faultOf(attaching)).fault, fault);
  }
  await Deno.remove(directory, { recursive: true });
});
