/**
 * Planted faults of the side that calls: calls, retries, hedges, pages, broadcasts, streams, deadlines.
 *
 * @module
 */
import type { PlantedFault } from "../fault.ts";

/** Faults of `client/` and `endpoint/`. */
export const CLIENT_FAULTS: readonly PlantedFault[] = [
  {
    name: "a call cancelled before a byte was sent stays in the caller's table",
    file: "endpoint/call_multiplexer.ts",
    find: "if (stream.unsent) {",
    replace: "if (stream.unsent && this.#closed) {",
    history: "the other side, which had never heard of it, never ended it",
  },
  {
    name: "a caller that gives up tells nobody",
    file: "endpoint/call_multiplexer.ts",
    find: "this.#channel.queue.reserve(FrameKind.CANCEL, 0, stream.stream, 0);",
    replace: "",
  },
  {
    name: "a stream's end does not free its id at the caller",
    file: "endpoint/call_multiplexer.ts",
    find: "this.#remove(stream);\n        stream.ended();",
    replace: "stream.ended();",
  },
  {
    name: "the proxy's word on a late call is waited for without end",
    file: "client/call_sender.ts",
    find: "this.outside.now() + DEADLINE_GRACE_MS",
    replace: "this.outside.now() + 1_000 * DEADLINE_GRACE_MS",
  },
  {
    name: "a large message that waits is not copied, and the codec writes over it",
    file: "endpoint/message_sender.ts",
    find: "return new Uint8Array(body);",
    replace: "return body;",
    history: "the slice of a Buffer is a view of memory that is used again",
  },
  {
    name: "credit counts twice",
    file: "endpoint/message_sender.ts",
    find: "out.credit = Math.min(out.credit + bytes, ",
    replace: "out.credit = Math.min(out.credit + 2 * bytes, ",
  },
  {
    name: "a stream sends without credit",
    file: "endpoint/message_sender.ts",
    find: "if (out.backlog.length === 0 || out.credit <= 0) continue;",
    replace: "if (out.backlog.length === 0) continue;\n      out.credit = Infinity;",
  },
  {
    name: "half of the credit for fragments is lost",
    file: "endpoint/credit_counter.ts",
    find: "this.#fragments += bytes;\n    if (this.#untaken === 0) return this.#owe(bytes);",
    replace: "this.#fragments += bytes;\n    if (this.#untaken === 0) return this.#owe(bytes / 2);",
  },
  {
    name: "a deadline's bucket is one turn of the ring late",
    file: "endpoint/deadline_wheel.ts",
    find: "Math.max(Math.ceil(dueMs / BUCKET_MS), this.#passed + 1)",
    replace: "Math.max(Math.ceil(dueMs / BUCKET_MS), this.#passed + 1) + RING",
  },
  {
    name: "the wheel's timer is not set again after it has fired",
    file: "endpoint/deadline_wheel.ts",
    find: "if (earliest < this.#timerBucket) this.#arm(earliest);",
    replace: "if (earliest === -1) this.#arm(earliest);",
  },
  {
    name: "who clears the first deadline of a bucket loses the others",
    file: "endpoint/deadline_wheel.ts",
    find: "else this.#firsts[entry.bucket % RING] = nextDue;",
    replace: "else this.#firsts[entry.bucket % RING] = null;",
  },
  {
    name: "a call that two processes died with is tried once more",
    file: "client/retry_policy.ts",
    find: "if (history.deaths >= DEATHS_MAX) {",
    replace:
      'if (died && retryable && history.deaths === DEATHS_MAX) return "again";\n  if (history.deaths > DEATHS_MAX) {',
  },
  {
    name: "the processes that a call kills are not counted",
    file: "client/retry_policy.ts",
    find: "if (died) history.deaths++;",
    replace: "",
    history: "a deadly call was tried as often as any other, and took a process along each time",
  },
  {
    name: "an error that allows no other attempt gets one",
    file: "client/retry_policy.ts",
    find: 'if (!retryable) return "fail";',
    replace: "",
  },
  {
    name: "what an earlier attempt has begun is forgotten",
    file: "client/outgoing_call.ts",
    find: "this.fail(this.#mayHaveBegun && !error.started ? begun(error) : error);",
    replace: "this.fail(error);",
  },
  {
    name: "an item that its reader waits for is given out twice",
    file: "endpoint/item_queue.ts",
    find: "this.#onTaken(cost);\n    waiter.resolve({ value, done: false });",
    replace:
      "this.#onTaken(cost);\n    this.#items.push({ value, cost });\n    waiter.resolve({ value, done: false });",
  },
  {
    name: "the end of a stream takes the items along that nobody has read",
    file: "endpoint/item_queue.ts",
    find: "this.#ended = true;\n    this.#error = error;",
    replace:
      "this.#ended = true;\n    this.#items = [];\n    this.#head = 0;\n    this.#error = error;",
  },
  {
    name: "a broadcast outlives its time while it waits for the proxy",
    file: "endpoint/proxy_questions.ts",
    find: "this.#outside.after(untilMs - this.#outside.now(), ",
    replace: "this.#outside.after(1_000_000, ",
    history: "who waited for the proxy to say whom to ask had all of the time once more",
  },
  {
    name: "a broadcast asks its first server twice",
    file: "client/broadcast.ts",
    find: "for (const { name: server, hash } of servers) {",
    replace: "for (const { name: server, hash } of [...servers, ...servers.slice(0, 1)]) {",
  },
  {
    name: "a late part of a page is said to be cancelled",
    file: "client/page.ts",
    find:
      "late.reject(error); // first: the part is late, and that its call is cancelled only follows from it\n    end.abort(error.message);",
    replace: "end.abort(error.message);\n    late.reject(error);",
    history: "that its call was cancelled only followed from its being late",
  },
  {
    name: "a call is tried again while its hedge is with another server",
    file: "client/outgoing_call.ts",
    find: "if (this.hedgeOf !== undefined || !this.#twin?.isOut) return again();",
    replace: "if (this.settled === false) return again();",
    history: "it came to the server of its hedge, which began it twice",
  },
  {
    name: "a part's second call goes on after the first one has answered",
    file: "client/hedge.ts",
    find: 'second?.abort("the first call answered first");',
    replace: "",
  },
  {
    name: "the first call of a part goes on after the second one has answered",
    file: "client/hedge.ts",
    find: 'call.abort("its hedge answered first");',
    replace: "",
  },
  {
    name: "every attempt says that it is the first",
    file: "client/call_sender.ts",
    find: "head.attempt = Math.min(call.failedAttempts, ATTEMPT_SHOWN_MAX);",
    replace: "head.attempt = 0;",
  },
  {
    name: "a call is made again without a pause",
    file: "client/retry_policy.ts",
    find: "return longest * (0.5 + random());",
    replace: "return 0 * longest * random();",
  },
  {
    name: "another attempt does not name the server that failed",
    file: "client/outgoing_call.ts",
    find: "this.avoidHash = avoidHashOf(error);",
    replace: "",
  },
  {
    name: "a call has one attempt more than is allowed",
    file: "client/retry_policy.ts",
    find: "if (attempt + 1 < ATTEMPTS_MAX) return",
    replace: "if (attempt < ATTEMPTS_MAX) return",
  },
  {
    name: "an attempt after a death does not say so",
    file: "client/call_sender.ts",
    find: "head.suspect = call.suspect;",
    replace: "head.suspect = false;",
  },
  {
    name: "what never began is made again out of the budget",
    file: "client/call_sender.ts",
    find: "(free || this.#misdirected(call) ||",
    replace: "(this.#misdirected(call) ||",
  },
  {
    name: "nobody pays for a hedge",
    file: "client/hedge.ts",
    find: "if (call.suspect || !hedgeBudget.tryRetry()) return;",
    replace: "if (call.suspect) return;",
  },
  {
    name: "credit for replies is given twice",
    file: "client/attempt.ts",
    find: "if (bytes > 0) this.#streams.grant(this, bytes);",
    replace:
      "if (bytes > 0) this.#streams.grant(this, bytes);\n    if (bytes > 0) this.#streams.grant(this, bytes);",
  },
  {
    name: "a small item gives back what it is long, and costs a minimum",
    file: "endpoint/credit_counter.ts",
    find:
      "const cost = this.#withheld + lastBytes + Math.max(0, STREAM_ITEM_MIN_COST_BYTES - total);",
    replace: "const cost = this.#withheld + lastBytes + Math.min(0, total);",
  },
  {
    name: "the end of a reply is told with its first fragment",
    file: "endpoint/message_sender.ts",
    find: "message.flags & ~FrameFlag.END)",
    replace: "message.flags)",
  },
  {
    name: "more credit does not wake what waits for it",
    file: "endpoint/message_sender.ts",
    find: "this.#activate(out);\n      this.pump();\n    } else this.#clear(out);",
    replace: "this.#activate(out);\n    } else this.#clear(out);",
  },
];
