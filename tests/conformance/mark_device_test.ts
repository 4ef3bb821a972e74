/**
 * One suite that every mark device passes (after iceoryx2's conformance tests).
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { MarkDevice } from "../../markdev/mark_device.ts";
import { openMarkDevice } from "../../markdev/open_mark_device.ts";
import { attachSlot } from "../../shm/attach.ts";
import { makeFrame, receive, send, SlotFixture, streamsOf, within } from "./slot_fixture.ts";
import { Sleeper } from "./sleeper.ts";

const PING_PONGS = 5_000;
const PROCESS_PING_PONGS = 2_000;

/** A callback and a promise of its next call. */
class Bell {
  calls = 0;
  #next = Promise.withResolvers<void>();
  readonly ring = () => {
    this.calls++;
    this.#next.resolve();
    this.#next = Promise.withResolvers();
  };
  next(what = "an alert"): Promise<void> {
    return within(this.#next.promise, what);
  }
}

/** Runs a test with a fixture and the device under test. */
function conform(
  mechanism: MarkDevice["mechanism"],
  name: string,
  test: (fixture: SlotFixture, device: MarkDevice) => Promise<void>,
  options: { slots?: number; spaceBytes?: number } = {},
): void {
  Deno.test(`${mechanism}: ${name}`, async () => {
    await using fixture = new SlotFixture(options);
    await using device = await openMarkDevice(mechanism);
    assertEquals([device.mechanism, device.fallbackReason], [mechanism, undefined]);
    await test(fixture, device);
  });
}

/** Waits until the event loop has seen everything that was signalled so far on another mark. */
async function settle(fixture: SlotFixture, device: MarkDevice, slot: number): Promise<void> {
  const { end } = await fixture.attach(slot);
  for (let i = 0; i < 3; i++) {
    const bell = new Bell();
    using _watch = device.watch(end.eventFd, bell.ring);
    assertEquals(end.prepareSleep(0), 0);
    assert(send(fixture.segment.slot(slot), makeFrame(1)));
    await bell.next();
    receive(end);
  }
}

for (const mechanism of ["reactor", "epoll"] as const) {
  conform(mechanism, "a sleeping side is alerted when frames come, in both directions", async (
    fixture,
    device,
  ) => {
    const { end } = await fixture.attach(0);
    const proxy = fixture.segment.slot(0);
    for (const [sleeper, waker] of [[end, proxy], [proxy, end]] as const) {
      const bell = new Bell();
      using _watch = device.watch(sleeper.eventFd, bell.ring);
      assertEquals(sleeper.prepareSleep(0), 0);
      assert(send(waker, makeFrame(4)));
      await bell.next();
      assertEquals(receive(sleeper), [4]);
    }
  });

  conform(mechanism, "a side that sleeps for room is alerted when it is made", async (
    fixture,
    device,
  ) => {
    const { end } = await fixture.attach(0);
    const proxy = fixture.segment.slot(0);
    const bell = new Bell();
    using _watch = device.watch(end.eventFd, bell.ring);
    while (send(end, makeFrame(1, 1024)));
    assertEquals(end.prepareSleep(1024), 0);
    receive(proxy);
    await bell.next();
    assert(send(end, makeFrame(2, 1024)));
  });

  conform(mechanism, "several signals may merge, but none is lost", async (fixture, device) => {
    const { end } = await fixture.attach(0);
    const proxy = fixture.segment.slot(0);
    const bell = new Bell();
    using _watch = device.watch(end.eventFd, bell.ring);
    for (let i = 0; i < 10; i++) {
      assertEquals(end.prepareSleep(0), 0);
      assert(send(proxy, makeFrame(i)));
      assertEquals(receive(end), [i]);
    }
    await bell.next();
    assert(bell.calls <= 10);
    assertEquals(end.prepareSleep(0), 0);
    const next = bell.next();
    assert(send(proxy, makeFrame(10)));
    await next;
  });

  conform(mechanism, "a signal from before the watch is seen", async (fixture, device) => {
    const { end } = await fixture.attach(0);
    assertEquals(end.prepareSleep(0), 0);
    assert(send(fixture.segment.slot(0), makeFrame(1)));
    const bell = new Bell();
    const next = bell.next();
    using _watch = device.watch(end.eventFd, bell.ring);
    await next;
  });

  conform(mechanism, "a side that is awake is not alerted", async (fixture, device) => {
    const { end } = await fixture.attach(0);
    const bell = new Bell();
    using _watch = device.watch(end.eventFd, bell.ring);
    assert(send(fixture.segment.slot(0), makeFrame(1)));
    assertEquals(end.prepareSleep(0), 1, "frames are there");
    assert(send(fixture.segment.slot(0), makeFrame(2)));
    await settle(fixture, device, 1);
    assertEquals(bell.calls, 0);
  });

  conform(mechanism, "every one of a hundred marks is heard", async (fixture, device) => {
    const bells = [];
    using watches = new DisposableStack();
    for (let slot = 0; slot < 100; slot++) {
      const { end } = await fixture.attach(slot);
      const bell = new Bell();
      watches.use(device.watch(end.eventFd, bell.ring));
      assertEquals(end.prepareSleep(0), 0);
      bells.push(bell.next(`slot ${slot}`));
    }
    for (let slot = 0; slot < 100; slot++) assert(send(fixture.segment.slot(slot), makeFrame(1)));
    await Promise.all(bells);
  }, { slots: 100 });

  for (const spaceBytes of [2_048, 262_144]) {
    conform(
      mechanism,
      `${PING_PONGS} ping-pongs in spaces of ${spaceBytes} bytes lose no alert`,
      async (fixture, device) => {
        const { end } = await fixture.attach(0);
        const done = Promise.withResolvers<void>();
        let count = 0;
        using process = new Sleeper(end, device, (buffer, bytes) => {
          for (const stream of streamsOf(buffer, bytes)) process.queue(makeFrame(stream, 64));
        });
        using proxy = new Sleeper(fixture.segment.slot(0), device, (buffer, bytes) => {
          assertEquals(streamsOf(buffer, bytes), [count]);
          count++;
          if (count === PING_PONGS) done.resolve();
          else proxy.queue(makeFrame(count, 64));
        });
        process.run();
        proxy.queue(makeFrame(0, 64));
        proxy.run();
        await within(done.promise, `${PING_PONGS} ping-pongs`);
      },
      { spaceBytes },
    );
  }

  conform(
    mechanism,
    "a real second process echoes one frame at a time, and bursts larger than its space",
    async (fixture, device) => {
      const child = echoProcess(fixture.controlPath, mechanism);
      await fixture.admit(0);
      const done = Promise.withResolvers<void>();
      const end = fixture.segment.slot(0);
      let [sent, received] = [0, 0];
      using proxy = new Sleeper(end, device, (buffer, bytes) => {
        for (const stream of streamsOf(buffer, bytes)) assertEquals(stream, received++);
        if (received < sent) return;
        if (sent >= PROCESS_PING_PONGS) return done.resolve();
        const burst = sent < PROCESS_PING_PONGS / 2 ? 1 : 50;
        for (let i = 0; i < burst; i++) proxy.queue(makeFrame(sent++, 16 + (sent * 37) % 900));
      });
      proxy.queue(makeFrame(sent++));
      proxy.run();
      await within(done.promise, "the echoes");
      child.kill("SIGKILL");
      await child.status;
    },
  );

  conform(mechanism, "the proxy sees the end of a killed process", async (fixture) => {
    const child = echoProcess(fixture.controlPath, mechanism);
    const hello = await within(fixture.admit(0), "the hello");
    assertEquals(hello.type === "hello" && hello.pid, child.pid);
    child.kill("SIGKILL");
    const event = await within(fixture.nextEvent(), "the hang-up");
    assertEquals(event, { type: "hangup", connection: hello.connection });
    await child.status;
  });

  conform(mechanism, "a process sees the end of a killed proxy", async (_fixture, device) => {
    const script = `
      import { SlotFixture } from ${JSON.stringify(import.meta.resolve("./slot_fixture.ts"))};
      const fixture = new SlotFixture();
      console.log(fixture.directory);
      await fixture.admit(0);
      await new Promise((resolve) => setTimeout(resolve, 60_000));`;
    const proxy = new Deno.Command(Deno.execPath(), {
      args: ["eval", "--no-lock", script],
      stdout: "piped",
    }).spawn();
    const reader = proxy.stdout.getReader();
    const { value } = await within(reader.read(), "the other proxy");
    const directory = new TextDecoder().decode(value).trim();
    const { end, lifeline } = await attachSlot(`${directory}/control`, new Uint8Array(), 10_000);
    using _end = end;
    const bell = new Bell();
    device.watchHangup(lifeline, bell.ring);
    const next = bell.next("the hang-up");
    proxy.kill("SIGKILL");
    await next;
    await proxy.status;
    await reader.cancel();
    await Deno.remove(directory, { recursive: true });
    assertEquals(bell.calls, 1);
  });

  conform(mechanism, "a process sees that the proxy hung up, once", async (fixture, device) => {
    const { lifeline, connection } = await fixture.attach(0);
    const bell = new Bell();
    using _watch = device.watchHangup(lifeline, bell.ring);
    const next = bell.next("the hang-up");
    fixture.server.hangUp(connection);
    await next;
    await settle(fixture, device, 1);
    assertEquals(bell.calls, 1);
  });

  conform(mechanism, "a watch that was disposed hears nothing more", async (fixture, device) => {
    const { end, lifeline, connection } = await fixture.attach(0);
    const bell = new Bell();
    const watches = [
      device.watch(end.eventFd, bell.ring),
      device.watchHangup(lifeline, bell.ring),
    ];
    assertEquals(end.prepareSleep(0), 0);
    assert(send(fixture.segment.slot(0), makeFrame(1)));
    fixture.server.hangUp(connection);
    for (const watch of watches) watch[Symbol.dispose]();
    for (const watch of watches) watch[Symbol.dispose]();
    await settle(fixture, device, 1);
    assertEquals(bell.calls, 0);
  });

  conform(mechanism, "an end may be closed while it is watched", async (fixture, device) => {
    const { end } = await fixture.attach(0);
    const bell = new Bell();
    const watch = device.watch(end.eventFd, bell.ring);
    end[Symbol.dispose]();
    assertEquals((await fixture.nextEvent()).type, "hangup");
    // The number of the descriptor is free now, and the next one may get it.
    await settle(fixture, device, 1);
    watch[Symbol.dispose]();
    assertEquals(bell.calls, 0);
  });

  conform(mechanism, "a disposed device leaves no descriptor behind", async (fixture) => {
    const { end, lifeline } = await fixture.attach(0);
    const count = () => [...Deno.readDirSync("/proc/self/fd")].length;
    const before = count();
    {
      await using device = await openMarkDevice(mechanism);
      device.watch(end.eventFd, () => {});
      device.watchHangup(lifeline, () => {});
      assert(count() > before);
    }
    assertEquals(count(), before);
  });
}

function echoProcess(controlPath: string, mechanism: string): Deno.ChildProcess {
  const script = new URL("./echo_process.ts", import.meta.url).pathname;
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-lock", script, controlPath, mechanism],
  }).spawn();
}
