/**
 * An executor without a process around it, for tests.
 *
 * @module
 */
import { delay } from "@std/async/delay";
import { encodePayload } from "../../endpoint/codec.ts";
import { MeshClient } from "../../client/mesh_client.ts";
import { MessageSender } from "../../endpoint/message_sender.ts";
import { Executor } from "../../executor/executor.ts";
import { readServiceModule } from "../../executor/service_module.ts";
import { FRAME_MAX_BYTES } from "../../limits.ts";
import { Logger } from "../../observe/log.ts";
import type { LogRecord } from "../../observe/log_record.ts";
import { realOutside } from "../../outside/real_outside.ts";
import { deadlineTicks } from "../../wire/deadline.ts";
import { parseErrorBody } from "../../wire/error_body.ts";
import { FrameFlag, FrameKind } from "../../wire/frame.ts";
import { FrameQueue } from "../../wire/frame_queue.ts";
import { frameOf, framesIn } from "./frames.ts";
import { NotedCalls } from "./noted_calls.ts";
import { encodedHead } from "./request_heads.ts";

const WHOLE = FrameFlag.FIRST | FrameFlag.LAST;

/** An executor whose frames and log can be looked at. */
export class ExecutorBench implements Disposable {
  nowMs = 1_000;
  readonly queue = new FrameQueue(1 << 24);
  readonly logged: string[] = [];
  /** Bytes of the queue that were there when it was asked to send. */
  scheduled = 0;
  /** The timer that was set last. */
  timer = (): void => {};
  readonly executor: Executor;

  constructor(handlers: Record<string, unknown>) {
    const outside = Object.create(realOutside, {
      now: { value: () => this.nowMs },
      machineOffsetMs: { value: 0 },
      after: { value: (_ms: number, callback: () => void) => (this.timer = callback, 1) },
      cancel: { value: () => {} },
    });
    const channel = {
      queue: this.queue,
      end: { maxFrameBytes: FRAME_MAX_BYTES },
      schedule: () => void (this.scheduled = this.queue.appendedBytes),
    };
    const place = {
      outside,
      channel,
      sender: new MessageSender(channel),
      slot: 0,
      welcome: { server: "exec-1", messageBytes: 1_000_000, timeoutMs: 5_000 },
    };
    const output = { write: ({ message }: LogRecord) => void this.logged.push(message) };
    const log = new Logger({ level: "error", format: "json" }, {}, { output, limit: null });
    const mesh = new MeshClient(new NotedCalls(), 5_000);
    this.executor = new Executor(place, mesh, [readServiceModule("s.ts", handlers)], log);
  }

  request(stream: number, target: string, input?: unknown, deadlineMs = 5_000): void {
    const deadline = deadlineTicks(deadlineMs);
    const head = encodedHead({ target, deadline, requestIdLow: stream });
    const { bytes, flags } = encodePayload(input, "input");
    this.gets(FrameKind.REQUEST, WHOLE | flags, stream, Uint8Array.from([...head, ...bytes]));
  }

  gets(kind: number, flags: number, stream: number, body?: Uint8Array): void {
    this.executor.ready();
    this.executor.frame(frameOf(kind, flags, stream, body));
  }

  /** What it has sent, in words. */
  async sent(): Promise<string[]> {
    await delay(0);
    return framesIn(this.queue).map(({ kind, flags, stream, body }) => {
      if (kind !== FrameKind.ERROR) {
        return `${nameOf(kind)} ${flags & (WHOLE | FrameFlag.END)} of ${stream}`;
      }
      const { error } = parseErrorBody(body);
      return `${error.code} of ${stream}${error.started ? "" : ", never begun"}`;
    });
  }

  [Symbol.dispose](): void {
    this.executor[Symbol.dispose]();
  }
}

function nameOf(kind: number): string {
  return Object.entries(FrameKind).find(([, number]) => number === kind)![0];
}
