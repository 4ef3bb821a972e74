import { assertEquals } from "@std/assert";
import { callRequest } from "../tests/support/noted_calls.ts";
import type { CallRequest } from "./call_request.ts";
import { CallScope } from "./call_scope.ts";
import { streamDue } from "./stream_due.ts";

const request = (fields: Partial<CallRequest>) =>
  callRequest({ deadlineMs: 1_000, firstReply: true, ...fields });

const free = new CallScope();

Deno.test("a stream without a time of its own has none once it has begun", () => {
  assertEquals(streamDue(request({}), free, 10, 10, 1e9), Infinity);
});

Deno.test("a stream with a time-out has it to its end", () => {
  const limited = request({ firstReply: false });
  assertEquals(streamDue(limited, free, 10, 10, 999), 1_000);
  assertEquals(streamDue(limited, free, 10, 10, 1_000), "late");
});

Deno.test("a stream within a call has that one's deadline, unless it is for its first reply alone", () => {
  const within = new CallScope({ deadlineMs: 500 });
  assertEquals(streamDue(request({}), within, 10, 10, 499), 500);
  assertEquals(streamDue(request({}), within, 10, 10, 500), "late");
  const withinStream = new CallScope({ deadlineMs: 500, firstReply: true });
  assertEquals(streamDue(request({}), withinStream, 10, 10, 500), Infinity);
});

Deno.test("a stream is idle when its reader has waited too long for an item, and not while nobody waits", () => {
  const idle = request({ idleTimeoutMs: 100 });
  assertEquals(streamDue(idle, free, 10, 50, 149), 150);
  assertEquals(streamDue(idle, free, 10, 50, 150), "idle");
  assertEquals(streamDue(idle, free, 60, 50, 159), 160, "an item came meanwhile");
  assertEquals(streamDue(idle, free, 10, undefined, 5_000), 5_100, "nobody waits");
  assertEquals(streamDue({ ...idle, firstReply: false, deadlineMs: 120 }, free, 10, 50, 60), 120);
});
