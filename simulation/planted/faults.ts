/**
 * Small faults that the auditor must catch: its own test. Each changes one place of the core.
 *
 * @module
 */

/** One fault. */
export interface PlantedFault {
  /** What goes wrong, in words. */
  readonly name: string;
  /** The source file. */
  readonly file: string;
  /** What stands there once, and what stands there instead. */
  readonly find: string;
  readonly replace: string;
}

/** All of them. */
export const FAULTS: readonly PlantedFault[] = [
  {
    name: "a proxy does not pass CANCEL on",
    file: "proxy/cancellation.ts",
    find: "call.target.cancel(call.id);\n      return;",
    replace: "return;",
  },
  {
    name: "a call cancelled before a byte was sent stays in the caller's table",
    file: "client/call_port.ts",
    find: "if (out.unsent) {",
    replace: "if (out.unsent && this.#closed) {",
  },
  {
    name: "what may have begun is repeated although it is not idempotent",
    file: "proxy/call_outcome.ts",
    find: "return mayRepeat ? traits :",
    replace: "return mayRepeat || traits.started ? traits :",
  },
  {
    name: "a death says of every call that it never began",
    file: "proxy/switchboard.ts",
    find: "const started = call.requestComplete && !port.unread(call, this.#clock.ms);",
    replace: "const started = false;",
  },
  {
    name: "the last look at the deadline is left out",
    file: "executor/incoming_call.ts",
    find: "if (deadlineMs <= executor.nowMs) {",
    replace: "if (deadlineMs <= 0) {",
  },
  {
    name: "an ended call keeps its place in the process's table",
    file: "executor/executor.ts",
    find: "this.#calls.delete(call.out.stream);",
    replace: "",
  },
  {
    name: "stream ids are given again at once",
    file: "wire/stream_table.ts",
    find: "this.#ids[index] = (stream + REUSE_STEP) >>> 0;",
    replace: "this.#ids[index] = stream;",
  },
  {
    name: "half of the credit for fragments is lost",
    file: "client/credit_counter.ts",
    find: "this.#fragments += bytes;\n    if (this.#untaken === 0) return this.#owe(bytes);",
    replace: "this.#fragments += bytes;\n    if (this.#untaken === 0) return this.#owe(bytes / 2);",
  },
  {
    name: "a stream sends without credit",
    file: "client/message_sender.ts",
    find: "if (out.backlog.length === 0 || out.credit <= 0) continue;",
    replace: "if (out.backlog.length === 0) continue;\n      out.credit = Infinity;",
  },
  {
    name: "a deadline's bucket is one turn of the ring late",
    file: "client/deadline_wheel.ts",
    find: "Math.max(Math.ceil(dueMs / BUCKET_MS), this.#passed + 1)",
    replace: "Math.max(Math.ceil(dueMs / BUCKET_MS), this.#passed + 1) + RING",
  },
  {
    name: "a call that two processes died with is tried once more",
    file: "client/retry_policy.ts",
    find: "if (history.deaths >= DEATHS_MAX) return",
    replace: "if (history.deaths > DEATHS_MAX) return",
  },
  {
    name: "the same server has its turn again",
    file: "routing/round_robin.ts",
    find: "candidate.turn++;",
    replace: "candidate.turn += table.active.indexOf(candidate) === 0 ? 0.5 : 1;",
  },
  {
    name: "the reuse count of a stream id is not looked at",
    file: "wire/stream_table.ts",
    find:
      "return this.#ids[index] === stream ? this.#items[index] : undefined;\n  }\n\n  /** Removes the item with this stream id, which must be there. */",
    replace:
      "return this.#items[index];\n  }\n\n  /** Removes the item with this stream id, which must be there. */",
  },
];
