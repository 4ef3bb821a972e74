import { assertEquals, assertRejects } from "@std/assert";
import { getEventListeners } from "node:events";
import { MeshError } from "../errors.ts";
import { encodeErrorBody, type ErrorTraits } from "../wire/error_body.ts";
import { FrameFlag, FrameKind } from "../wire/frame.ts";
import { frameOf } from "../tests/support/frames.ts";
import { callRequest, NotedCalls } from "../tests/support/noted_calls.ts";
import type { CallRequest } from "./call_request.ts";
import { CallScope } from "./call_scope.ts";
import { encodePayload } from "../endpoint/codec.ts";
import { OutgoingCall } from "./outgoing_call.ts";

const WHOLE = FrameFlag.FIRST | FrameFlag.LAST;

/** A call that is made, and noted. */
function made(
  calls: NotedCalls,
  request: Partial<CallRequest> = {},
  signal?: AbortSignal,
): OutgoingCall {
  return new OutgoingCall(calls, new CallScope(), callRequest({ ...request, signal }));
}

function reply(call: OutgoingCall, value: unknown, flags: number): void {
  const payload = encodePayload(value, "reply");
  replyWith(call, payload.flags | WHOLE | flags, payload.bytes);
}

function replyWith(call: OutgoingCall, flags: number, bytes: Uint8Array): void {
  call.attempt!.reply(frameOf(FrameKind.REPLY, flags, 1, bytes));
}

function errorWith(call: OutgoingCall, flags: number, bytes: Uint8Array): void {
  call.attempt!.error(frameOf(FrameKind.ERROR, flags, 1, bytes));
}

function fails(call: OutgoingCall, error: MeshError, traits: ErrorTraits = {}): void {
  errorWith(call, WHOLE, encodeErrorBody(error, traits));
}

async function outcomeOf(call: OutgoingCall): Promise<[string, boolean]> {
  const { code, started } = await assertRejects(() => call.promise, MeshError);
  return [code, started];
}

Deno.test("a reply that cannot be read ends its call, and the other side is told only if it is not done", async () => {
  const calls = new NotedCalls();
  for (const flags of [FrameFlag.END, 0]) {
    const call = made(calls);
    replyWith(call, WHOLE | flags, new Uint8Array([0xc1]));
    assertEquals((await outcomeOf(call))[0], "DATA_LOSS");
  }
  assertEquals(calls.asked, ["cancel"]);
});

Deno.test("a reply whose fragments are out of order ends its call", async () => {
  const calls = new NotedCalls();
  for (const flags of [FrameFlag.END, 0]) {
    const call = made(calls);
    replyWith(call, FrameFlag.LAST | flags, new Uint8Array([0xc0]));
    assertEquals((await outcomeOf(call))[0], "DATA_LOSS");
  }
  assertEquals(calls.asked, ["cancel"]);
});

Deno.test("an error may come in fragments", async () => {
  const call = made(new NotedCalls());
  const body = encodeErrorBody(new MeshError("NOT_FOUND", "nobody knows it", { started: false }));
  errorWith(call, FrameFlag.FIRST, body.subarray(0, 10));
  errorWith(call, 0, body.subarray(10, 20));
  assertEquals(call.settled, false);
  errorWith(call, FrameFlag.LAST, body.subarray(20));
  assertEquals(await outcomeOf(call), ["NOT_FOUND", false]);
});

Deno.test("an error that is the rest of none is a broken one", async () => {
  const call = made(new NotedCalls());
  errorWith(call, FrameFlag.LAST, new Uint8Array(8));
  assertEquals((await outcomeOf(call))[0], "DATA_LOSS");
});

Deno.test("what comes after the deadline says only whether the call began", async () => {
  const late = (comes: (call: OutgoingCall) => void) => {
    const call = made(new NotedCalls());
    call.due();
    assertEquals(call.settled, false, "the proxy is asked for its word");
    comes(call);
    return outcomeOf(call);
  };
  const error = (started: boolean) => new MeshError("CANCELLED", "not wanted", { started });
  assertEquals(await late((call) => reply(call, 1, FrameFlag.END)), ["DEADLINE_EXCEEDED", true]);
  assertEquals(await late((call) => call.attempt!.ended()), ["DEADLINE_EXCEEDED", true]);
  assertEquals(await late((call) => fails(call, error(true))), ["DEADLINE_EXCEEDED", true]);
  assertEquals(await late((call) => fails(call, error(false))), ["DEADLINE_EXCEEDED", false]);
  assertEquals(await late((call) => call.due()), ["DEADLINE_EXCEEDED", true]);
  assertEquals(await late((call) => call.abort("enough")), ["DEADLINE_EXCEEDED", true]);
});

Deno.test("a deadline that passes between two attempts is one of a call that never began", async () => {
  const calls = new NotedCalls();
  calls.underWay = false;
  const call = made(calls);
  call.due();
  assertEquals(await outcomeOf(call), ["DEADLINE_EXCEEDED", false]);
});

Deno.test("an attempt that never began is made again at once, then in pauses, avoiding who failed", async () => {
  const calls = new NotedCalls();
  const call = made(calls);
  const refused = new MeshError("UNAVAILABLE", "it drains", { started: false, server: "exec-1" });
  assertEquals(call.avoidHash, 0);
  fails(call, refused, { retryable: true });
  assertEquals([call.failedAttempts, call.avoidHash !== 0], [1, true]);
  fails(call, new MeshError("UNAVAILABLE", "nobody", { started: false }), { retryable: true });
  assertEquals([call.failedAttempts, call.avoidHash], [2, 0]);
  assertEquals(calls.asked.filter((one) => /free/.test(one)).length, 2);
  assertEquals(calls.asked[1], "again in 0");
  reply(call, "done", FrameFlag.END);
  assertEquals(await call.promise, "done");
});

Deno.test("a call whose hedge is out is tried again only when that has failed", async () => {
  const calls = new NotedCalls();
  const call = made(calls);
  const hedge = call.hedge();
  hedge.promise.catch(() => {});
  const busy = new MeshError("RESOURCE_EXHAUSTED", "it is busy", { started: false });
  fails(call, busy, { retryable: true });
  assertEquals([call.isOut, calls.asked], [false, []]);
  fails(hedge, busy);
  assertEquals([call.isOut, calls.asked], [true, ["retry?", "again in 0"]]);
  reply(call, "done", FrameFlag.END);
  assertEquals(await call.promise, "done");
});

Deno.test("a call that waits for its hedge may have begun there when it is given up", async () => {
  const calls = new NotedCalls();
  const call = made(calls);
  call.hedge();
  const busy = new MeshError("RESOURCE_EXHAUSTED", "it is busy", { started: false });
  fails(call, busy, { retryable: true });
  call.abort("enough");
  assertEquals(await outcomeOf(call), ["CANCELLED", true]);
});

Deno.test("a call that has begun earlier says so, whatever its last attempt came to", async () => {
  const calls = new NotedCalls();
  const call = made(calls);
  fails(call, new MeshError("UNAVAILABLE", "it died"), { retryable: true, died: true });
  calls.retries = false;
  fails(call, new MeshError("UNAVAILABLE", "nobody", { started: false }), { retryable: true });
  assertEquals(await outcomeOf(call), ["UNAVAILABLE", true]);
});

Deno.test("a stream that has given items is not made again", async () => {
  const calls = new NotedCalls();
  const call = made(calls);
  reply(call, "one", 0);
  const items = await call.promise as AsyncIterable<string>;
  fails(call, new MeshError("UNAVAILABLE", "it died"), { retryable: true });
  const got: string[] = [];
  await assertRejects(
    async () => {
      for await (const item of items) got.push(item);
    },
    MeshError,
    "it died",
  );
  assertEquals(got, ["one"]);
  assertEquals(calls.asked.filter((one) => /again/.test(one)), []);
});

Deno.test("a stream whose deadline is for its first reply goes on without one; an idle one ends", async () => {
  const calls = new NotedCalls();
  const free = made(calls, { firstReply: true });
  reply(free, "one", 0);
  assertEquals(calls.asked, ["due at Infinity"]);
  calls.asked.length = 0;
  const idle = made(calls, { firstReply: true, idleTimeoutMs: 100 });
  calls.nowMs = 1_000;
  reply(idle, "one", 0);
  assertEquals(calls.asked, ["due at 1100"]);
  const items = idle.iterate();
  assertEquals(await items.next(), { value: "one", done: false });
  const next = items.next();
  calls.nowMs = 1_050;
  reply(idle, "two", 0);
  assertEquals(await next, { value: "two", done: false });
  const last = items.next();
  calls.nowMs = 1_140;
  idle.due();
  assertEquals(idle.settled, false, "the second item came 90 ms ago");
  calls.nowMs = 1_150;
  idle.due();
  const { code } = await assertRejects(() => last, MeshError, "idleTimeoutMs");
  assertEquals(code, "DEADLINE_EXCEEDED");
});

Deno.test("credit for a long reply is given back while it arrives, and for items when they are taken", async () => {
  const calls = new NotedCalls();
  const call = made(calls);
  const part = new Uint8Array(60_000);
  replyWith(call, FrameFlag.FIRST, part);
  replyWith(call, 0, part);
  assertEquals(calls.asked, ["grant 120000"]);
  const stream = made(calls);
  const items = stream.iterate();
  for (let item = 0; item < 2; item++) reply(stream, new Uint8Array(60_000), 0);
  assertEquals(calls.asked.length, 1, "nobody has taken them");
  await items.next();
  await items.next();
  assertEquals(calls.asked[1], "grant 120000");
});

Deno.test("a call that gives one reply is no stream, and says so to who reads it as one", async () => {
  const calls = new NotedCalls();
  for (const early of [true, false]) {
    const call = made(calls);
    const before = early ? call.iterate() : undefined;
    reply(call, 1, FrameFlag.END);
    const { code } = await assertRejects(
      async () => void await (before ?? call.iterate()).next(),
      MeshError,
    );
    assertEquals(code, "INVALID_ARGUMENT");
  }
});

Deno.test("a signal ends a call, before it is made or later, and is let go of when it has ended", async () => {
  const calls = new NotedCalls();
  const before = made(calls, {}, AbortSignal.abort("too late"));
  assertEquals(await outcomeOf(before), ["CANCELLED", false]);
  const controller = new AbortController();
  const call = made(calls, {}, controller.signal);
  const done = made(calls, {}, controller.signal);
  reply(done, 1, FrameFlag.END);
  controller.abort("enough");
  assertEquals((await outcomeOf(call))[0], "CANCELLED");
  assertEquals(await done.promise, 1);
  assertEquals(calls.asked, ["cancel"]);
  assertEquals(getEventListeners(controller.signal, "abort"), []);
});
