import { assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import type { Observation } from "./auditor/observation.ts";
import { EventLog } from "./event_log.ts";

const bytes = (byte: number): Observation => ({
  type: "bytes",
  ms: 1,
  wire: 0,
  from: "a",
  to: "b",
  bytes: Uint8Array.of(byte),
});
const logged = (fields: string): Observation => ({
  type: "log",
  ms: 1.23456,
  server: "web-1",
  level: "warn",
  message: "gone",
  fields,
});

function logOf(...observations: Observation[]): EventLog {
  const log = new EventLog();
  for (const observation of observations) log.add(observation);
  return log;
}

Deno.test("the log has a line for each event, and a digest of all bytes", () => {
  const lines = logOf(logged("{}"), bytes(1)).lines();
  assertEquals(lines.length, 2);
  assertStringIncludes(lines[0]!, "1.235 log server=web-1 level=warn message=gone fields={}");
  assertEquals(logOf(bytes(1)).digest(), logOf(bytes(1)).digest());
  assertNotEquals(logOf(bytes(1)).digest(), logOf(bytes(2)).digest());
});

Deno.test("where the sources are, and what a stack looks like, is not in the log", () => {
  const error = new Error("broken");
  const [line] = logOf(logged(JSON.stringify({ error: error.stack }))).lines();
  assertStringIncludes(line!, '{"error":"Error: broken"}');
});
