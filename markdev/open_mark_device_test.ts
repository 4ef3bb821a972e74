import { assertEquals, assertRejects } from "@std/assert";
import { MeshError } from "../errors.ts";
import { native } from "../native/ffi.ts";
import { EpollDevice } from "./epoll_device.ts";
import { openMarkDevice, selfTest } from "./open_mark_device.ts";

native();

/** Runs `test` with another value of a property of `process`. */
async function withProcess<T>(name: string, value: unknown, test: () => Promise<T>): Promise<T> {
  const { process } = globalThis as unknown as { process: Record<string, unknown> };
  const old = process[name];
  process[name] = value;
  try {
    return await test();
  } finally {
    process[name] = old;
  }
}

async function withEnvironment<T>(value: string, test: () => Promise<T>): Promise<T> {
  Deno.env.set("MESH_MARK_DEVICE", value);
  try {
    return await test();
  } finally {
    Deno.env.delete("MESH_MARK_DEVICE");
  }
}

Deno.test("the reactor is the default, and passes its self-test", async () => {
  await using device = await openMarkDevice();
  assertEquals([device.mechanism, device.fallbackReason], ["reactor", undefined]);
  await selfTest(device);
});

Deno.test("epoll is used when asked for, without a reason to explain", async () => {
  await using device = await openMarkDevice("epoll");
  assertEquals([device.mechanism, device.fallbackReason], ["epoll", undefined]);
  await selfTest(device);
});

Deno.test("the environment overrides what the program prefers", async () => {
  await withEnvironment("epoll", async () => {
    await using device = await openMarkDevice("reactor");
    assertEquals(device.mechanism, "epoll");
  });
  await withEnvironment("reactor", async () => {
    await using device = await openMarkDevice("epoll");
    assertEquals(device.mechanism, "reactor");
  });
  await withEnvironment("spin", async () => {
    await assertRejects(
      () => openMarkDevice(),
      MeshError,
      'MESH_MARK_DEVICE is "spin", allowed are "reactor" and "epoll"',
    );
  });
});

Deno.test("a Deno without the reactor's Pipe falls back, and says why", async () => {
  const without: [unknown, string][] = [
    [undefined, "this Deno's pipe_wrap has no Pipe"],
    [() => ({}), "this Deno's pipe_wrap has no Pipe"],
    [() => {
      throw new Error("No such module");
    }, 'this Deno has no process.binding("pipe_wrap")'],
  ];
  for (const [binding, reason] of without) {
    await withProcess("binding", binding, async () => {
      await using device = await openMarkDevice();
      assertEquals([device.mechanism, device.fallbackReason], ["epoll", reason]);
      await selfTest(device);
    });
  }
});

Deno.test("a Pipe that never reads fails the self-test, and epoll takes over", async () => {
  class DeafPipe {
    onread = () => {};
    #fd = -1;
    open(fd: number) {
      this.#fd = fd;
      return 0;
    }
    readStart() {
      return 0;
    }
    close() {
      native().mesh_fd_close(this.#fd);
    }
  }
  await withProcess("binding", () => ({ Pipe: DeafPipe }), async () => {
    await using device = await openMarkDevice();
    assertEquals(device.mechanism, "epoll");
    assertEquals(device.fallbackReason, "self-test: saw 0 of 2 alerts within 2000 ms");
  });
});

Deno.test("a descriptor that is not open cannot be watched", async () => {
  for (const mechanism of ["reactor", "epoll"] as const) {
    await using device = await openMarkDevice(mechanism);
    for (
      const watch of [() => device.watch(9_999, () => {}), () => device.watchHangup(-1, () => {})]
    ) {
      await assertRejects(() => Promise.resolve().then(watch), MeshError, "watch file descriptor");
    }
  }
});

Deno.test("an alert's callback that throws does not silence the other marks of the epoll device", async () => {
  await using device = new EpollDevice();
  const marks = [native().mesh_mark_open(), native().mesh_mark_open()];
  const heard = Promise.withResolvers<void>();
  const errors: unknown[] = [];
  const onError = (event: ErrorEvent) => {
    event.preventDefault();
    errors.push(event.error);
  };
  globalThis.addEventListener("error", onError);
  const fault = new Error("a bug in a callback");
  device.watch(marks[0]!, () => {
    throw fault;
  });
  device.watch(marks[1]!, heard.resolve);
  for (const mark of marks) native().mesh_mark_signal(mark);
  await heard.promise;
  globalThis.removeEventListener("error", onError);
  for (const mark of marks) native().mesh_fd_close(mark);
  assertEquals(errors, [fault]);
});
