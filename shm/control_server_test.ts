import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import { CONTROL_BODY_MAX_BYTES } from "../limits.ts";
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
import { attachSlot } from "./attach.ts";
import { ControlServer } from "./control_server.ts";

native();

/** A client that knows nothing of the protocol. */
async function rawClient(fixture: SlotFixture): Promise<Deno.UnixConn> {
  return await Deno.connect({ transport: "unix", path: fixture.controlPath });
}

/** Reads until the server hangs up. */
async function closed(client: Deno.UnixConn): Promise<void> {
  const chunk = new Uint8Array(1024);
  try {
    while (await client.read(chunk) !== null);
  } catch {
    // A reset is a hang-up too.
  }
}

/** An honest process attaches while whatever else is going on. */
async function assertServes(fixture: SlotFixture, slot: number): Promise<void> {
  const { end } = await within(fixture.attach(slot), "an honest process");
  assert(send(end, makeFrame(5)));
  assertEquals(receive(fixture.segment.slot(slot)), [5]);
}

Deno.test("a hello carries its body, and pid and uid as the kernel knows them", async () => {
  await using fixture = new SlotFixture();
  const body = new TextEncoder().encode("token");
  const [{ end }, event] = await Promise.all([
    attachSlot(fixture.controlPath, body, 10_000),
    fixture.admit(1, new Uint8Array([1, 2, 3])),
  ]);
  using _end = end;
  assertEquals(event, {
    type: "hello",
    connection: event.connection,
    pid: Deno.pid,
    uid: Deno.uid()!,
    body,
  });
});

Deno.test("the socket is open to nobody but its user", async () => {
  await using fixture = new SlotFixture();
  assertEquals((Deno.statSync(fixture.controlPath).mode ?? 0) & 0o777, 0o600);
});

Deno.test("a hang-up is reported when the process leaves, not when the server hung up itself", async () => {
  await using fixture = new SlotFixture();
  const first = await fixture.attach(0);
  const second = await fixture.attach(1);
  fixture.server.hangUp(second.connection);
  first.end[Symbol.dispose]();
  assertEquals(await within(fixture.nextEvent(), "the hang-up"), {
    type: "hangup",
    connection: first.connection,
  });
  assertEquals(fixture.server.admit(first.connection, fixture.segment, 0, new Uint8Array()), false);
  assertEquals(fixture.server.refuse(second.connection, new Uint8Array()), false);
});

Deno.test("a process that says something after its hello is hung up", async () => {
  await using fixture = new SlotFixture();
  const client = await rawClient(fixture);
  using _client = client;
  const hello = new Uint8Array(40);
  hello.set(new TextEncoder().encode("mCTL"));
  hello[4] = 1;
  await client.write(hello);
  const event = await within(fixture.nextEvent(), "the hello");
  assertEquals(event.type, "hello");
  await client.write(new Uint8Array(1));
  assertEquals(await within(fixture.nextEvent(), "the hang-up"), {
    type: "hangup",
    connection: event.connection,
  });
  await closed(client);
});

Deno.test("garbage on the socket is hung up, and never reported", async () => {
  await using fixture = new SlotFixture({ slots: 50 });
  let slot = 0;
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), async (bytes) => {
      fc.pre(bytes[0] !== "m".charCodeAt(0));
      using client = await rawClient(fixture);
      await client.write(bytes);
      await within(closed(client), "the hang-up");
    }),
    { numRuns: 30 },
  );
  await assertServes(fixture, slot++);
});

Deno.test("a head that promises four gigabytes is hung up at once", async () => {
  await using fixture = new SlotFixture();
  using client = await rawClient(fixture);
  const hello = new Uint8Array(40);
  hello.set(new TextEncoder().encode("mCTL"));
  hello[4] = 1;
  hello.fill(0xff, 8, 12);
  await client.write(hello);
  await within(closed(client), "the hang-up");
  await assertServes(fixture, 0);
});

Deno.test("silent clients keep nobody out: they lose their places after three seconds", async () => {
  await using fixture = new SlotFixture();
  using clients = new DisposableStack();
  for (let i = 0; i < 100; i++) clients.use(await rawClient(fixture));
  await assertServes(fixture, 0);
});

Deno.test("a client that does not read its answer blocks nobody", async () => {
  await using fixture = new SlotFixture();
  using client = await rawClient(fixture);
  const hello = new Uint8Array(40);
  hello.set(new TextEncoder().encode("mCTL"));
  hello[4] = 1;
  await client.write(hello);
  await fixture.admit(0, new Uint8Array(CONTROL_BODY_MAX_BYTES));
  await assertServes(fixture, 1);
});

Deno.test("a body of one mebibyte goes both ways, and one byte more is refused", async () => {
  await using fixture = new SlotFixture();
  const body = crypto.getRandomValues(new Uint8Array(65_536));
  const large = new Uint8Array(CONTROL_BODY_MAX_BYTES);
  for (let at = 0; at < large.byteLength; at += body.byteLength) large.set(body, at);
  const [attachment, event] = await Promise.all([
    attachSlot(fixture.controlPath, large, 10_000),
    fixture.admit(0, large),
  ]);
  using _end = attachment.end;
  assert(event.type === "hello");
  assertEquals(event.body.byteLength, large.byteLength);
  assert(event.body.every((byte, at) => byte === large[at]));
  assert(attachment.body.every((byte, at) => byte === large[at]));

  const tooLarge = new Uint8Array(CONTROL_BODY_MAX_BYTES + 1);
  const fault = await assertRejects(
    () => attachSlot(fixture.controlPath, tooLarge, 10_000),
    NativeFault,
  );
  assertEquals([fault.fault, fault.observed], ["ARGUMENT", CONTROL_BODY_MAX_BYTES + 1]);
  assertThrows(
    () => fixture.server.admit(event.connection, fixture.segment, 0, tooLarge),
    NativeFault,
    "allowed are 1048576",
  );
});

Deno.test("a slot that does not exist cannot be given away", async () => {
  await using fixture = new SlotFixture({ slots: 2 });
  const attaching = attachSlot(fixture.controlPath, new Uint8Array(), 10_000);
  const event = await fixture.nextEvent();
  assertThrows(
    () => fixture.server.admit(event.connection, fixture.segment, 2, new Uint8Array()),
    NativeFault,
    "slot 2 of a segment whose last slot is 1",
  );
  fixture.server.refuse(event.connection, new Uint8Array());
  await assertRejects(() => attaching);
});

Deno.test("many processes attach at the same moment", async () => {
  await using fixture = new SlotFixture({ slots: 20 });
  // Not more than that: each waits on one of the 32 threads this process has for native calls.
  const attaching = Array.from(
    { length: 20 },
    () => attachSlot(fixture.controlPath, new Uint8Array(), 10_000),
  );
  for (let slot = 0; slot < 20; slot++) await within(fixture.admit(slot), `hello ${slot}`);
  using ends = new DisposableStack();
  for (const { end } of await Promise.all(attaching)) {
    ends.use(end);
    assert(send(end, makeFrame(end.index)));
  }
  for (let slot = 0; slot < 20; slot++) assertEquals(receive(fixture.segment.slot(slot)), [slot]);
});

Deno.test("a second server at the same path is refused with the first one's pid", async () => {
  await using fixture = new SlotFixture();
  const fault = assertThrows(() => ControlServer.listen(fixture.controlPath), NativeFault);
  assertEquals([fault.fault, fault.observed], ["LIVE_OWNER", Deno.pid]);
  // The attempt was a connection without a hello; the server lives on.
  await assertServes(fixture, 0);
});

Deno.test("a socket that a dead server left is replaced, and its own is removed", async () => {
  const directory = await Deno.makeTempDir({ dir: "/dev/shm", prefix: "mesh_test_" });
  const path = `${directory}/control`;
  await leaveSocket(path);
  assert((await Deno.lstat(path)).isSocket);
  ControlServer.listen(path)[Symbol.dispose]();
  assertEquals([...Deno.readDirSync(directory)], []);
  await Deno.remove(directory);
});

Deno.test("a path longer than a Unix address works", async () => {
  const directory = await Deno.makeTempDir({ dir: "/dev/shm", prefix: "mesh_test_" });
  const deep = `${directory}/${"long".repeat(25)}/${"longer".repeat(20)}`;
  await Deno.mkdir(deep, { recursive: true });
  const path = `${deep}/control`;
  {
    using server = ControlServer.listen(path);
    const events = server.events();
    const attaching = attachSlot(path, new Uint8Array([7]), 10_000);
    const { value } = await events.next();
    assert(value?.type === "hello");
    assertEquals(value.body, new Uint8Array([7]));
    server.refuse(value.connection, new Uint8Array());
    await assertRejects(() => attaching);
    server[Symbol.dispose]();
    assertEquals((await events.next()).done, true);
  }
  const fault = assertThrows(() => ControlServer.listen(`${deep}/${"x".repeat(120)}`), NativeFault);
  assertEquals(fault.fault, "ARGUMENT");
  await Deno.remove(directory, { recursive: true });
});

Deno.test("disposing the server ends its events at once, and hangs up every process", async () => {
  const fixture = new SlotFixture();
  const { end } = await fixture.attach(0);
  const next = fixture.nextEvent();
  fixture.server[Symbol.dispose]();
  await assertRejects(() => within(next, "the end"), Error, "the control socket is closed");
  assertEquals(end.lifeline >= 0, true);
  await fixture[Symbol.asyncDispose]();
});
