/**
 * The log of this process: the one writer in front of its stderr.
 *
 * @module
 */
import { LOG_FLUSH_MS, LOG_PIECE_MAX_BYTES } from "../limits.ts";
import { lineOf } from "./log_line.ts";
import { LogLimit } from "./log_limit.ts";
import type { LogFormat, LogOutput, LogRecord } from "./log_record.ts";
import { timeNow } from "./log_record.ts";
import { type LogSink, LogWriter } from "./log_writer.ts";

const encoder = new TextEncoder();
let writer: LogWriter | undefined;

/** The allowance of each kind of line that mesh itself logs. */
export const processLimit = new LogLimit();

/** What a process counts of its log. */
export interface LogCounters {
  /** Lines that were dropped since stderr took them too slowly, or not at all. */
  readonly logDropped: number;
  /** Lines of mesh that were left out, since there were too many of their kind. */
  readonly logLeftOut: number;
}

/** What was counted so far. */
export function logCounters(): LogCounters {
  return { logDropped: writer?.dropped ?? 0, logLeftOut: processLimit.leftOut };
}

/** Makes a writer the one of this process: {@linkcode flushLog} flushes it. */
export function useWriter(made: LogWriter): LogWriter {
  return writer = made;
}

/**
 * Lines on stderr.
 *
 * @param format For people, or JSON.
 */
export function stderrOutput(format: LogFormat): LogOutput {
  writer ??= new LogWriter(STDERR);
  return lineOutput(writer, format);
}

/** Lines that go to a writer. */
export function lineOutput(writer: LogWriter, format: LogFormat): LogOutput {
  const bytesOf = (record: LogRecord) => encoder.encode(`${lineOf(record, format)}\n`);
  return {
    write(record) {
      writer.write(
        bytesOf(record),
        (dropped) => bytesOf(droppedRecord(record.own.server, dropped)),
      );
    },
  };
}

/** The record that tells of dropped lines. */
export function droppedRecord(server: LogRecord["own"][string] | undefined, dropped: number) {
  return {
    time: timeNow(),
    level: "warn",
    message: "log lines were dropped",
    own: server === undefined ? {} : { server },
    fields: { dropped },
  } as const satisfies LogRecord;
}

/**
 * Gives the last lines the chance to be written: to be awaited before every exit.
 *
 * @param boundMs How long at most, whoever reads them or does not.
 */
export async function flushLog(boundMs: number = LOG_FLUSH_MS): Promise<void> {
  processLimit.report();
  await writer?.flush(boundMs);
}

/** Ends the process once its last lines are written, or cannot be. */
export async function exitAfterLog(code: number): Promise<never> {
  await flushLog();
  Deno.exit(code);
}

/** Written to by a thread of Deno's: a reader that stalls stalls that thread. */
const STDERR: LogSink = {
  // Several servers may write to the same pipe: their lines stay whole.
  maxBytes: LOG_PIECE_MAX_BYTES,
  async write(bytes) {
    try {
      return await Deno.stderr.write(bytes);
    } catch (error) {
      // Whoever started us made it non-blocking.
      if (error instanceof Deno.errors.WouldBlock) return 0;
      throw error;
    }
  },
};
