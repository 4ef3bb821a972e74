import { assertEquals, assertThrows } from "@std/assert";
import type { ProcessView } from "../../routing/types.ts";
import { Descriptors, Lifeline } from "../../simulation/descriptors.ts";
import { SimSegment } from "../../simulation/segment.ts";
import { deafDevice } from "../../tests/support/deaf_device.ts";
import { framesIn } from "../../tests/support/frames.ts";
import { MemoryLog } from "../../tests/support/memory_log.ts";
import { FrameFlag, FrameKind } from "../../wire/frame.ts";
import { FrameQueue } from "../../wire/frame_queue.ts";
import { SlotKeeper } from "./slot_keeper.ts";
import { SlotTable } from "./slot_table.ts";

const WHOLE = FrameFlag.FIRST | FrameFlag.LAST;
const SPACE_BYTES = 8_192;
const SERVICES = [{ name: "a", handlers: [], concurrency: 2 }];

/** A keeper of two slots, and what it tells others. */
function keeperOf() {
  const segment = new SimSegment(2, SPACE_BYTES, new Descriptors());
  const table = new SlotTable(2, 0);
  const told: string[] = [];
  const processes = new Map<number, ProcessView>();
  const log = new MemoryLog();
  const keeper = new SlotKeeper({
    table,
    segment,
    device: deafDevice,
    switchboard: {
      frames: ({ label }, _bytes, _words, start, end) =>
        void told.push(`${end - start} bytes of calls of ${label}`),
      portGone: ({ label }, why, reason) => void told.push(`${label} gone: ${why}, ${reason}`),
    },
    dispatcher: {
      addProcess: (view) => void processes.set(view.id, view),
      drainProcess: (id) => void told.push(`process ${id} drains`),
      processGone: (id) => void processes.delete(id),
    },
    clock: { read: () => 0 },
    queueMaxBytes: 1_024,
    log,
    control: ({ label }, { kind }) => void told.push(`${label}: kind ${kind}`),
    fault: (index, error) => void told.push(`slot ${index}: ${error.message}`),
    gone: ({ label }) => void told.push(`nobody listens to ${label}`),
    offersChanged: () =>
      void told.push(`offers: ${table.offered().map(({ name }) => name).join(",")}`),
  });
  const enter = (index: number) => {
    table.at(index).attach({ kind: "exec" });
    keeper.open(index);
  };
  return { segment, table, told, processes, log, keeper, enter };
}

/** A process writes a frame of this kind. */
function write({ segment }: { segment: SimSegment }, index: number, kind: number): void {
  const queue = new FrameQueue(1_024);
  queue.append(kind, WHOLE, 1, new Uint8Array(4));
  segment.attach(index, new Lifeline()).write(queue.bytes, queue.head, queue.tail);
}

Deno.test("a process gets calls from its word that it is ready until it drains", () => {
  const { table, told, processes, keeper, enter } = keeperOf();
  enter(1);
  assertEquals([table.at(1).state, processes.size, told], ["attached", 0, []]);
  keeper.ready(1, SERVICES);
  assertEquals([table.at(1).state, processes.get(1)?.services.get("a")], ["ready", 2]);
  keeper.drain(1, 700);
  assertEquals(table.at(1).state, "draining");
  assertEquals(told, ["offers: a", "process 1 drains"]);
});

Deno.test("a process that drains is told how long it may wait for browsers", () => {
  const { table, keeper, enter } = keeperOf();
  enter(0);
  keeper.ready(0);
  keeper.drain(0, 700);
  const [frame] = framesIn(table.at(0).port!.queue);
  assertEquals([frame?.kind, new Uint32Array(frame!.body.slice().buffer)[0]], [
    FrameKind.DRAIN,
    700,
  ]);
});

Deno.test("a slot is reclaimed: its last words are heard, its calls end, it has a new generation and is free", () => {
  const at = keeperOf();
  const { segment, table, told, processes, keeper, enter } = at;
  enter(0);
  keeper.ready(0, SERVICES);
  write(at, 0, FrameKind.REPLY);
  const { generation } = segment.slot(0);
  told.length = 0;
  keeper.reclaim(0, { why: "its process died", heard: true, reason: "drain" });
  assertEquals(told, [
    "nobody listens to slot 0",
    "32 bytes of calls of slot 0",
    "slot 0 gone: its process died, drain",
    "offers: ",
  ]);
  const { state, occupant, port } = table.at(0);
  assertEquals([state, occupant, port], ["free", undefined, undefined]);
  assertEquals([processes.size, segment.slot(0).generation], [0, generation + 1]);
});

Deno.test("who was thrown out is not heard, and a slot in which nobody is stays as it is", () => {
  const at = keeperOf();
  const { segment, told, keeper, enter } = at;
  enter(0);
  write(at, 0, FrameKind.READY);
  keeper.reclaim(0, { why: "its slot was corrupt", heard: false });
  assertEquals(told, [
    "nobody listens to slot 0",
    "slot 0 gone: its slot was corrupt, undefined",
  ]);
  const { generation } = segment.slot(0);
  keeper.reclaim(0, { why: "twice", heard: true });
  assertEquals([told.length, segment.slot(0).generation], [2, generation]);
});

Deno.test("without descriptors for new marks a slot keeps its generation until somebody wants it", () => {
  const { segment, table, log, keeper, enter } = keeperOf();
  enter(0);
  const { generation } = segment.slot(0);
  const retire = segment.retire.bind(segment);
  segment.retire = () => {
    throw new Error("no descriptors");
  };
  keeper.reclaim(0, { why: "its process died", heard: true });
  assertEquals([table.at(0).state, log.told], [
    "free",
    ["a slot waits for its new generation"],
  ]);
  assertThrows(() => enter(0), Error, "no descriptors");
  keeper.reclaim(0, { why: "it could not be admitted", heard: false });
  assertEquals([table.at(0).state, segment.slot(0).generation], ["free", generation]);
  segment.retire = retire;
  enter(0);
  assertEquals(segment.slot(0).generation, generation + 1);
});
