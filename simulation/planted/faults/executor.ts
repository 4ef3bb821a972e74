/**
 * Planted faults of the side that answers.
 *
 * @module
 */
import type { PlantedFault } from "../fault.ts";

/** Faults of `executor/`. */
export const EXECUTOR_FAULTS: readonly PlantedFault[] = [
  {
    name: "the last look at the deadline is left out",
    file: "executor/incoming_call.ts",
    find: "if (deadlineMs <= executor.nowMs) {",
    replace: "if (deadlineMs <= 0) {",
    history: "handlers began after their deadlines when their requests had waited",
  },
  {
    name: "an ended call keeps its place in the process's table",
    file: "executor/executor.ts",
    find: "this.#calls.delete(call.out.stream);",
    replace: "",
  },
  {
    name: "the time is read once per turn",
    file: "executor/executor.ts",
    find: "ready(): boolean {\n    this.nowMs = this.#outside.now();",
    replace:
      "ready(): boolean {\n    if (this.#sliceEndMs === 0) this.nowMs = this.#outside.now();",
  },
  {
    name: "a handler is not told that nobody waits any more",
    file: "executor/incoming_call.ts",
    find: "this.#context?.abort(error);",
    replace: "",
  },
  {
    name: "a generator that waits for credit is not woken by a cancellation",
    file: "executor/incoming_call.ts",
    find: "// A generator that waits for credit would wait for ever.\n    this.#resume?.();",
    replace: "",
  },
  {
    name: "a stream that ends because its time is over ends well",
    file: "executor/incoming_call.ts",
    find:
      "// It may have ended only because its signal fired: that is no good end.\n    if (this.#cancelled !== undefined) return this.fail(this.#cancelled);",
    replace: "",
    history: "the end of the generator was taken for the end of the stream",
  },
  {
    name: "the end of a stream overtakes its last items",
    file: "executor/incoming_call.ts",
    find: "if (this.out.backlog.length === 0) then();\n    else this.out.onSent = then;",
    replace: "then();",
  },
  {
    name: "an error waits for credit that nobody grants",
    file: "executor/incoming_call.ts",
    find: "this.out.credit = Infinity;",
    replace: "",
  },
  {
    name: "an error of a handler that has begun says that it has not",
    file: "executor/incoming_call.ts",
    find: "started: this.#context !== undefined,",
    replace: "started: false,",
  },
  {
    name: "credit for requests is given twice",
    file: "executor/executor.ts",
    find: "this.#place.channel.queue.appendU32(FrameKind.REQUEST_CREDIT, call.out.stream, bytes);",
    replace:
      "this.#place.channel.queue.appendU32(FrameKind.REQUEST_CREDIT, call.out.stream, 2 * bytes);",
  },
  {
    name: "a call that is cancelled while its reply leaves waits for its handler",
    file: "executor/incoming_call.ts",
    find: 'if (this.#state !== "running") return this.fail(error);',
    replace: "if (this.#context === undefined) return this.fail(error);",
  },
];
