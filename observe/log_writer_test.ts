import { assert, assertEquals } from "@std/assert";
import { LOG_FLUSH_MS } from "../limits.ts";
import { type LogSink, LogWriter } from "./log_writer.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const line = (text: string) => encoder.encode(`${text}\n`);
const tell = (dropped: number) => line(`dropped ${dropped}`);

/** A place whose readers can stall, go, and come back. */
class Place implements LogSink {
  text = "";
  maxBytes = 16;
  gone = false;
  writes = 0;
  /** Bytes it takes of each write. */
  takes = Infinity;
  #stalled: PromiseWithResolvers<void> | undefined;

  stall(): void {
    this.#stalled = Promise.withResolvers();
  }

  resume(): void {
    this.#stalled?.resolve();
    this.#stalled = undefined;
  }

  async write(bytes: Uint8Array): Promise<number> {
    this.writes++;
    assert(bytes.length <= this.maxBytes && bytes.length > 0);
    await this.#stalled?.promise;
    if (this.gone) throw new Error("EPIPE");
    const taken = bytes.subarray(0, this.takes);
    this.text += decoder.decode(taken);
    return taken.length;
  }
}

Deno.test("LogWriter writes lines in order, several in one write, long ones in several", async () => {
  const place = new Place();
  const writer = new LogWriter(place);
  const lines = ["a", "b", "c", "x".repeat(50), "d"];
  for (const text of lines) writer.write(line(text), tell);
  await writer.flush(LOG_FLUSH_MS);
  assertEquals(place.text, lines.map((text) => `${text}\n`).join(""));
  assertEquals([place.writes, writer.dropped], [1 + 1 + 4 + 1, 0]);
});

Deno.test("LogWriter goes on after a part of a write", async () => {
  const place = new Place();
  place.takes = 3;
  const writer = new LogWriter(place);
  for (let i = 0; i < 20; i++) writer.write(line(`line ${i}`), tell);
  await writer.flush(LOG_FLUSH_MS);
  assertEquals(place.text.split("\n").length, 21);
});

Deno.test("LogWriter has one write in flight, and drops and counts what does not fit its queue meanwhile", async () => {
  const place = new Place();
  place.stall();
  const writer = new LogWriter(place, 1_000);
  for (let i = 0; i < 10_000; i++) writer.write(line(`line ${i}`), tell);
  assertEquals([place.writes, place.text], [1, ""]);
  const { dropped } = writer;
  assert(dropped > 9_900);
  await writer.flush(1); // bounded: the reader is still stalled
  place.resume();
  await writer.flush(LOG_FLUSH_MS);
  const kept = Array.from({ length: 10_000 - dropped }, (_, i) => `line ${i}`);
  assertEquals(place.text.trim().split("\n"), [...kept, `dropped ${dropped}`]);
  writer.write(line("after"), tell);
  await writer.flush(LOG_FLUSH_MS);
  assert(place.text.endsWith(`dropped ${dropped}\nafter\n`));
});

Deno.test("LogWriter tells of dropped lines where they are missing", async () => {
  const place = new Place();
  place.stall();
  const writer = new LogWriter(place, 200);
  for (let i = 0; i < 10; i++) writer.write(line(`a${i}`), tell);
  place.resume();
  await writer.flush(LOG_FLUSH_MS);
  writer.write(line("b"), tell);
  await writer.flush(LOG_FLUSH_MS);
  assertEquals(place.text, `a0\na1\na2\ndropped 7\nb\n`);
});

Deno.test("LogWriter survives a place that fails, and uses it again when it is back", async () => {
  const place = new Place();
  place.maxBytes = 100;
  const writer = new LogWriter(place);
  place.gone = true;
  writer.write(line("lost"), tell);
  await writer.flush(LOG_FLUSH_MS);
  assertEquals([writer.dropped, place.text], [1, ""]);
  writer.write(line("lost, too"), tell); // with what tells of the first
  await writer.flush(LOG_FLUSH_MS);
  const { dropped } = writer;
  assertEquals(dropped, 2);
  place.gone = false;
  writer.write(line("back"), tell);
  await writer.flush(LOG_FLUSH_MS);
  assertEquals(place.text, `dropped ${dropped}\nback\n`);
});

Deno.test("LogWriter begins a new line after a write that failed in the middle of one", async () => {
  const place = new Place();
  place.takes = 2;
  const writer = new LogWriter(place);
  const { write } = place;
  place.write = (bytes) => {
    if (place.text.length >= 2) place.gone = true;
    return write.call(place, bytes);
  };
  writer.write(line("torn apart"), tell);
  await writer.flush(LOG_FLUSH_MS);
  assertEquals([place.text, writer.dropped], ["to", 1]);
  place.write = write;
  place.gone = false;
  writer.write(line("whole"), tell);
  await writer.flush(LOG_FLUSH_MS);
  assertEquals(place.text, "to\ndropped 1\nwhole\n");
});

Deno.test("LogWriter waits for room, and flushNow() not longer than its bound", async () => {
  let room = 0;
  let text = "";
  const waits: number[] = [];
  const writer = new LogWriter({
    maxBytes: 8,
    write(bytes, waitMs = 0) {
      if (waitMs > 0) waits.push(waitMs);
      const taken = Math.min(room, bytes.length);
      room -= taken;
      text += decoder.decode(bytes.subarray(0, taken));
      return taken;
    },
  });
  for (const word of ["one", "two", "three"]) writer.write(line(word), tell);
  assertEquals(text, "");
  room = 4;
  writer.flushNow(1);
  assertEquals(text, "one\n");
  assert(waits.every((ms) => ms <= 1));
  room = 100;
  writer.flushNow(LOG_FLUSH_MS);
  assertEquals([text, writer.dropped], ["one\ntwo\nthree\n", 0]);
  await writer.flush(LOG_FLUSH_MS);
});
