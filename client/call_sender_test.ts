import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { CallMultiplexer } from "../endpoint/call_multiplexer.ts";
import { MessageSender } from "../endpoint/message_sender.ts";
import { ProxyQuestions } from "../endpoint/proxy_questions.ts";
import { MeshError } from "../errors.ts";
import { FRAME_MAX_BYTES } from "../limits.ts";
import { realOutside } from "../outside/real_outside.ts";
import { serverHash } from "../routing/hash.ts";
import { framesIn } from "../tests/support/frames.ts";
import { callRequest } from "../tests/support/noted_calls.ts";
import { FrameKind } from "../wire/frame.ts";
import { FrameQueue } from "../wire/frame_queue.ts";
import { RequestHeadReader } from "../wire/request_head.ts";
import { CallScope } from "./call_scope.ts";
import { CallSender } from "./call_sender.ts";
import type { CallRequest } from "./call_request.ts";
import { OutgoingCall } from "./outgoing_call.ts";

/** The calling side of a process, its clock standing still, and the frames that it sends. */
class Bench {
  nowMs = 1_000;
  readonly #queue = new FrameQueue(1 << 20);
  readonly sender: CallSender;

  constructor() {
    const outside = Object.create(realOutside, {
      now: { value: () => this.nowMs },
      machineOffsetMs: { value: 0 },
      after: { value: () => 1 },
      cancel: { value: () => {} },
    });
    const channel = {
      queue: this.#queue,
      end: { maxFrameBytes: FRAME_MAX_BYTES },
      schedule: () => {},
    };
    const sender = new MessageSender(channel);
    this.sender = new CallSender({
      outside,
      welcome: { messageBytes: 1_000_000 },
      channel,
      sender,
      streams: new CallMultiplexer(channel, sender),
      questions: new ProxyQuestions(sender, outside),
      caller: undefined,
    });
  }

  call(request: Partial<CallRequest> = {}): OutgoingCall {
    const call = new OutgoingCall(
      this.sender,
      new CallScope(),
      callRequest({ madeMs: this.nowMs, ...request }),
    );
    call.promise.catch(() => {});
    return call;
  }

  /** The servers' hashes in the requests that were sent, and whether each server alone may answer. */
  sent(): (readonly [hash: number, alone: boolean])[] {
    return framesIn(this.#queue).flatMap(({ kind, body }) => {
      if (kind !== FrameKind.REQUEST) return [];
      const head = new RequestHeadReader();
      assertEquals(head.parse(body, 0, body.length), undefined);
      const pinned = head.pinnedHash !== 0;
      return [[pinned ? head.pinnedHash : head.avoidHash, pinned]];
    });
  }
}

/** A file with a key module, and how its group is described. */
async function keyedBy(code: string) {
  const directory = await Deno.makeTempDir({ prefix: "mesh-keys-" });
  await Deno.writeTextFile(`${directory}/keys.js`, `export default ${code}`);
  const group = { name: "main", services: ["quotes"], keys: [], stamp: "1" };
  return {
    groups: { groups: [{ ...group, module: `${directory}/keys.js` }] },
    [Symbol.asyncDispose]: () => Deno.remove(directory, { recursive: true }),
  };
}

Deno.test("calls pay for hedges, hedges do not", () => {
  const bench = new Bench();
  const calls = Array.from({ length: 20 }, () => bench.call());
  for (const call of calls.slice(10)) call.hedge().promise.catch(() => {});
  const paid = () => bench.sender.hedgeBudget.tryRetry();
  assertEquals([paid(), paid(), paid()], [true, true, false]);
});

Deno.test("calls pay for retries, and hedges do not", () => {
  const bench = new Bench();
  // Ten retries are there before any call, and ten calls pay for one.
  const calls = Array.from({ length: 10 }, () => bench.call());
  for (const call of calls) call.hedge().promise.catch(() => {});
  const again = Array.from({ length: 12 }, () => bench.sender.mayRetry(calls[0]!, false));
  assertEquals(again.filter((may) => may).length, 11);
});

Deno.test("a key function's answer is the only server that may answer, also when it comes later", async () => {
  for (const code of ['() => "exec-7"', 'async () => "exec-7"']) {
    await using keys = await keyedBy(code);
    const bench = new Bench();
    await bench.sender.groupsChanged(keys.groups);
    await bench.sender.owners.loadAll();
    bench.call({ key: "k", keyExplicit: true });
    await new Promise((resolve) => setTimeout(resolve, 0));
    assertEquals(bench.sent(), [[serverHash("exec-7"), true]]);
  }
});

Deno.test("a key function is not asked for a call whose time is over", async () => {
  await using keys = await keyedBy("() => { throw new Error('asked') }");
  const bench = new Bench();
  await bench.sender.groupsChanged(keys.groups);
  await bench.sender.owners.loadAll();
  const call = bench.call({ key: "k", keyExplicit: true, deadlineMs: bench.nowMs });
  const { code, started } = await assertRejects(() => call.promise, MeshError);
  assertEquals([code, started, bench.sent().length], ["DEADLINE_EXCEEDED", false, 0]);
});

Deno.test("when its proxy is gone, calls that wait for a key's server end, and later ones at once", async () => {
  await using keys = await keyedBy("() => new Promise(() => {})");
  const bench = new Bench();
  await bench.sender.groupsChanged(keys.groups);
  const waiting = bench.call({ key: "k", keyExplicit: true });
  bench.sender.close(new MeshError("UNAVAILABLE", "the server has gone"));
  const later = bench.call();
  for (const call of [waiting, later]) {
    const { message } = await assertRejects(() => call.promise, MeshError);
    assertStringIncludes(message, "the server has gone");
  }
  assertEquals(bench.sent(), []);
});
