/**
 * The log of a worker: records through its stderr to its server, which writes them.
 *
 * Each is in the pipe when the call returns, if there is room, so that it is not lost when user code ends the
 * process or never lets go of it. If there is none, it waits in the queue.
 *
 * @module
 */
import { LOG_EXIT_MS, LOG_PIECE_MAX_BYTES } from "../limits.ts";
import { native } from "../native/ffi.ts";
import { encodePieces, pieceHead } from "./log_pieces.ts";
import type { LogOutput } from "./log_record.ts";
import { type LogSink, LogWriter } from "./log_writer.ts";
import { useWriter } from "./process_log.ts";

/**
 * Records to the server that started this process.
 *
 * @param token What it takes for records, as it told this process.
 */
export function pipeOutput(token: string): LogOutput {
  const head = pieceHead(token);
  const writer = useWriter(new LogWriter(pipeSink()));
  // `Deno.exit()` of user code runs this, and nothing after it.
  globalThis.addEventListener("unload", () => writer.flushNow(LOG_EXIT_MS));
  const tell = (dropped: number) => encodePieces({ dropped }, head);
  return { write: (record) => writer.write(encodePieces(record, head), tell) };
}

function pipeSink(): LogSink {
  const { mesh_fd_duplicate, mesh_pipe_write } = native();
  // One of our own: after `Deno.stderr.close()` of user code another file would get the number 2.
  const fd = mesh_fd_duplicate(2);
  return {
    maxBytes: LOG_PIECE_MAX_BYTES,
    write(bytes, waitMs = 0) {
      const written = mesh_pipe_write(fd, bytes as Uint8Array<ArrayBuffer>, bytes.length, waitMs);
      if (written < 0) throw new Error(`stderr is closed (${written})`);
      return written;
    },
  };
}
