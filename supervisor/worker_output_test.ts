import { assert, assertEquals } from "@std/assert";
import { lineOf } from "../observe/log_line.ts";
import { Logger } from "../observe/log.ts";
import { encodePieces, newLogToken, pieceHead } from "../observe/log_pieces.ts";
import type { LogRecord } from "../observe/log_record.ts";
import { LOG_RAW_LINE_MAX_BYTES, LOG_READ_BURST_BYTES } from "../limits.ts";
import { boundsReached } from "../limits/reached.ts";
import { ReadAllowance } from "./read_allowance.ts";
import { type OutputSource, WorkerOutput } from "./worker_output.ts";

const encoder = new TextEncoder();
const token = newLogToken();
const head = pieceHead(token);

/** What the server's log gets. */
class Host {
  readonly records: LogRecord[] = [];
  readonly log = new Logger({ level: "debug", format: "json" }, { server: "s" }, {
    output: { write: (record) => void this.records.push(record) },
    limit: null,
  });
  readonly allowance = new ReadAllowance();
  readonly counters = { logDropped: 0, logCut: 0 };

  get lines(): Record<string, unknown>[] {
    return this.records.map((record) => {
      const { time, ...rest } = JSON.parse(lineOf(record, "json"));
      assert(!Number.isNaN(Date.parse(time)));
      return rest;
    });
  }
}

async function read(
  host: Host,
  chunks: { stdout?: (string | Uint8Array)[]; stderr?: (string | Uint8Array)[] },
  slot: () => number | undefined = () => 3,
): Promise<void> {
  const stream = (given: (string | Uint8Array)[] = []) =>
    ReadableStream.from(
      given.map((chunk) => typeof chunk === "string" ? encoder.encode(chunk) : chunk),
    );
  const output = new WorkerOutput(
    {
      pid: 77,
      stdout: stream(chunks.stdout),
      stderr: stream(chunks.stderr),
      slot,
    },
    token,
    host,
  );
  await output.end();
}

const record: LogRecord = {
  time: "2026-01-02T03:04:05.678Z",
  level: "error",
  message: "made by the worker",
  own: { service: "a", server: "forged", slot: 9 },
  fields: { slot: "mine" },
};

Deno.test("a worker's records keep their form, and the server says where they come from", async () => {
  const host = new Host();
  await read(host, { stderr: ["half a line ", encodePieces(record, head), "after\n"] });
  const from = { server: "s", slot: 3 };
  assertEquals(host.lines, [
    { level: "warn", message: "half a line ", ...from, stream: "stderr" },
    { level: "error", message: "made by the worker", ...from, service: "a", slot_: "mine" },
    { level: "warn", message: "after", ...from, stream: "stderr" },
  ]);
});

Deno.test("what user code writes is no record, whatever it looks like", async () => {
  const host = new Host();
  const forged = encodePieces(record, pieceHead(newLogToken()));
  await read(host, {
    stderr: [forged, '{"time":"x","level":"error","message":"m","server":"other"}\n', "\r\n\n"],
    stdout: [encodePieces(record, head).slice(0, -1), "\n", "progress 1\rprogress 2\r\n", "end"],
  });
  assertEquals(host.lines.length, 5);
  for (const { server, slot, level, stream } of host.lines) {
    const from = stream === "stderr" ? "warn" : "info";
    assertEquals([server, slot, level], ["s", 3, from]);
  }
  assertEquals(host.lines.at(-1)?.message, "end");
});

Deno.test("lines that a worker dropped are counted and told; broken records are counted", async () => {
  const host = new Host();
  const torn = encodePieces(record, head).slice(0, 60);
  await read(host, { stderr: [encodePieces({ dropped: 12 }, head), torn, "\n"] });
  assertEquals(host.lines, [{
    level: "warn",
    message: "log lines were dropped",
    server: "s",
    slot: 3,
    dropped: 12,
  }]);
  assertEquals(host.counters, { logDropped: 12, logCut: 1 });
});

Deno.test("a line without end is cut, and says how much of it is missing", async () => {
  const host = new Host();
  const before = boundsReached().LOG_RAW_LINE_MAX_BYTES;
  await read(host, { stdout: ["x".repeat(LOG_RAW_LINE_MAX_BYTES + 5), "\nshort\n"] });
  assertEquals(boundsReached().LOG_RAW_LINE_MAX_BYTES, before + 1);
  assertEquals(host.lines.map(({ message }) => message), [
    `${"x".repeat(LOG_RAW_LINE_MAX_BYTES)}… (5 more bytes)`,
    "short",
  ]);
  assertEquals(host.counters.logCut, 1);
});

Deno.test("a worker has its pid until it has a slot, and keeps its last slot to its last words", async () => {
  const host = new Host();
  const slot = () => host.records.length === 1 ? 4 : undefined;
  await read(host, { stderr: ["before\n", "in it\n", "after\n"] }, slot);
  assertEquals(host.lines.map(({ pid, slot }) => pid ?? slot), [77, 4, 4]);
});

Deno.test("lines below the server's level are left out", async () => {
  const host = new Host();
  const log = new Logger({ level: "warn", format: "json" }, { server: "s" }, {
    output: { write: (record) => void host.records.push(record) },
    limit: null,
  });
  await read(Object.assign(host, { log }), {
    stdout: ["info\n"],
    stderr: ["warn\n", encodePieces({ ...record, level: "debug" }, head)],
  });
  assertEquals(host.lines.map(({ message }) => message), ["warn"]);
});

Deno.test("a process that the worker left behind does not keep its output open for the server", async () => {
  const host = new Host();
  const script = 'sleep 600 & echo $!; echo "last words" >&2';
  const child = new Deno.Command("sh", {
    args: ["-c", script],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const { pid, stdout, stderr } = child;
  const source: OutputSource = { pid, stdout, stderr, slot: () => 0 };
  const output = new WorkerOutput(source, token, host);
  await child.status;
  await output.end();
  const [left, words] = host.lines.toSorted((a, b) => String(a.stream) < String(b.stream) ? 1 : -1);
  assertEquals([left?.stream, words?.message], ["stdout", "last words"]);
  Deno.kill(Number(left?.message), "SIGKILL");
});

Deno.test("ReadAllowance lets a burst through, then lets who writes more wait", async () => {
  let nowMs = 0;
  const pauses: number[] = [];
  const allowance = new ReadAllowance({
    now: () => nowMs,
    pause: (ms) => {
      pauses.push(ms);
      nowMs += ms;
      return Promise.resolve();
    },
  });
  await allowance.spend(LOG_READ_BURST_BYTES);
  assertEquals(pauses, []);
  for (let i = 0; i < 4; i++) await allowance.spend(LOG_READ_BURST_BYTES);
  assertEquals([pauses, allowance.waits], [[250, 250, 250, 250], 4]);
  nowMs += 60_000;
  await allowance.spend(LOG_READ_BURST_BYTES);
  assertEquals(allowance.waits, 4, "it saves up no more than a burst");
});
