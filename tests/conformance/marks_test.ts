/**
 * What every mark device does with marks and connections, also the simulated one. (mark_device_test.ts has what needs
 * real slots and processes.)
 *
 * @module
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { MeshError } from "../../errors.ts";
import { markTest } from "./mark_stand.ts";

/** What was heard, in order. */
class Heard {
  readonly names: string[] = [];
  as(name: string): () => void {
    return () => void this.names.push(name);
  }
  count(name: string): number {
    return this.names.filter((heard) => heard === name).length;
  }
}

markTest(
  "no alert comes without a signal, nor during the call that signals",
  async (stand) => {
    const heard = new Heard();
    const mark = stand.mark();
    using _watch = stand.device.watch(mark.fd, heard.as("alert"));
    await stand.settle();
    assertEquals(heard.names, []);
    mark.signal();
    assertEquals(heard.names, []);
    await stand.until(() => heard.names.length > 0);
    await stand.settle();
    assertEquals(heard.names, ["alert"], "it was taken");
  },
);

markTest("a signal from before the watch is heard", async (stand) => {
  const heard = new Heard();
  const mark = stand.mark();
  mark.signal();
  using _watch = stand.device.watch(mark.fd, heard.as("alert"));
  assertEquals(heard.names, []);
  await stand.until(() => heard.names.length > 0);
});

markTest("several signals may come as one alert, and none is lost", async (stand) => {
  const heard = new Heard();
  const mark = stand.mark();
  using _watch = stand.device.watch(mark.fd, heard.as("alert"));
  for (let round = 1; round <= 3; round++) {
    const before = heard.names.length;
    for (let i = 0; i < 10; i++) mark.signal();
    await stand.until(() => heard.names.length > before);
    await stand.settle();
    const alerts = heard.names.length - before;
    assert(alerts >= 1 && alerts <= 10, `${alerts} alerts`);
  }
});

markTest("an alert may signal the same mark: another one follows", async (stand) => {
  const heard = new Heard();
  const mark = stand.mark();
  using _watch = stand.device.watch(mark.fd, () => {
    heard.as("alert")();
    if (heard.names.length < 5) mark.signal();
  });
  mark.signal();
  await stand.until(() => heard.names.length === 5);
});

markTest("each mark alerts its own watcher", async (stand) => {
  const heard = new Heard();
  const [a, b, c] = [stand.mark(), stand.mark(), stand.mark()];
  using _a = stand.device.watch(a.fd, heard.as("a"));
  using _b = stand.device.watch(b.fd, heard.as("b"));
  using _c = stand.device.watch(c.fd, heard.as("c"));
  a.signal();
  c.signal();
  await stand.until(() => heard.names.length === 2);
  await stand.settle();
  assertEquals(heard.names.toSorted(), ["a", "c"]);
});

markTest("a watch that was disposed hears nothing, not even what came before", async (stand) => {
  const heard = new Heard();
  const [mark, connection] = [stand.mark(), stand.connection()];
  const watches = [
    stand.device.watch(mark.fd, heard.as("alert")),
    stand.device.watchHangup(connection.fd, heard.as("hang-up")),
  ];
  mark.signal();
  connection.end();
  for (const watch of [...watches, ...watches]) watch[Symbol.dispose]();
  await stand.settle();
  mark.signal();
  await stand.settle();
  assertEquals(heard.names, []);
});

markTest("an alert may end its own watch and another one's", async (stand) => {
  const heard = new Heard();
  const [a, b] = [stand.mark(), stand.mark()];
  const watches = [a, b].map((mark, i) =>
    stand.device.watch(mark.fd, () => {
      heard.as(`alert ${i}`)();
      for (const watch of watches) watch[Symbol.dispose]();
    })
  );
  a.signal();
  b.signal();
  await stand.until(() => heard.names.length > 0);
  a.signal();
  b.signal();
  await stand.settle();
  assertEquals(heard.names.length, 1);
});

markTest("the end of a connection is heard once, also one from before the watch", async (stand) => {
  const heard = new Heard();
  const [early, late, open] = [stand.connection(), stand.connection(), stand.connection()];
  early.end();
  using _early = stand.device.watchHangup(early.fd, heard.as("early"));
  using _late = stand.device.watchHangup(late.fd, heard.as("late"));
  using _open = stand.device.watchHangup(open.fd, heard.as("open"));
  assertEquals(heard.names, []);
  await stand.until(() => heard.names.length > 0);
  late.end();
  assertEquals(heard.names, ["early"]);
  await stand.until(() => heard.names.length > 1);
  await stand.settle();
  assertEquals(heard.names, ["early", "late"]);
});

markTest("a mark may be closed while it is watched", async (stand) => {
  const heard = new Heard();
  const mark = stand.mark();
  const watch = stand.device.watch(mark.fd, heard.as("alert"));
  mark.close();
  await stand.settle();
  watch[Symbol.dispose]();
  assertEquals(heard.names, []);
});

markTest("what is not open cannot be watched", (stand) => {
  const mark = stand.mark();
  mark.close();
  for (const watch of ["watch", "watchHangup"] as const) {
    const error = assertThrows(() => stand.device[watch](mark.fd, () => {}), MeshError);
    assertEquals([error.code, error.started], ["UNAVAILABLE", false]);
    assert(error.message.includes(`${mark.fd}`));
  }
});

markTest("a device that was disposed hears nothing more", async (stand) => {
  const heard = new Heard();
  const [mark, connection] = [stand.mark(), stand.connection()];
  stand.device.watch(mark.fd, heard.as("alert"));
  stand.device.watchHangup(connection.fd, heard.as("hang-up"));
  mark.signal();
  stand.device[Symbol.dispose]();
  stand.device[Symbol.dispose]();
  connection.end();
  mark.signal();
  await stand.settle();
  assertEquals(heard.names, []);
});

markTest("turns come later, in order, once, and after promises that are settled", async (stand) => {
  const heard = new Heard();
  const { device } = stand;
  for (let i = 0; i < 20; i++) {
    device.nextTurn(() => {
      heard.as(`turn ${i}`)();
      if (i === 0) device.nextTurn(heard.as("turn of a turn"));
    });
  }
  queueMicrotask(heard.as("promise"));
  assertEquals(heard.names, []);
  await stand.until(() => heard.names.length === 22);
  await stand.settle();
  const turns = Array.from({ length: 20 }, (_, i) => `turn ${i}`);
  assertEquals(heard.names, ["promise", ...turns, "turn of a turn"]);
});
