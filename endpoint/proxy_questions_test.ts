import { assertEquals, assertRejects } from "@std/assert";
import { MeshError } from "../errors.ts";
import { realOutside } from "../outside/real_outside.ts";
import { FrameFlag, FrameKind } from "../wire/frame.ts";
import { frameOf } from "../tests/support/frames.ts";
import type { OutStream } from "./message_sender.ts";
import { ProxyQuestions } from "./proxy_questions.ts";

const WHOLE = FrameFlag.FIRST | FrameFlag.LAST;
const PATIENT = { target: "quotes.price", untilMs: Infinity };

/** Questions whose timers fire when the test says so. */
function asking() {
  const sent: { stream: number; kind: number; text: string }[] = [];
  const timers: { ms: number; fire: () => void }[] = [];
  let cancelled = 0;
  const sender = {
    send: (
      { stream }: OutStream,
      kind: number,
      _flags: number,
      body: Uint8Array,
    ) => void sent.push({ stream, kind, text: new TextDecoder().decode(body) }),
  };
  const outside = Object.create(realOutside, {
    now: { value: () => 1_000 },
    after: { value: (ms: number, fire: () => void) => timers.push({ ms, fire }) },
    cancel: { value: () => cancelled++ },
  });
  const questions = new ProxyQuestions(sender, outside);
  const answer = (stream: number, flags: number, text: string) => {
    questions.answered(frameOf(FrameKind.ANSWER, flags, stream, new TextEncoder().encode(text)));
  };
  return { questions, sent, timers, answer, cancelled: () => cancelled };
}

Deno.test("each question gets its own answer, in fragments if need be, and its timer is let go of", async () => {
  const { questions, sent, answer, cancelled } = asking();
  const first = questions.ask({ ask: 1 }, PATIENT);
  const second = questions.ask({ ask: 2 }, PATIENT);
  assertEquals(sent.map(({ kind, text }) => [kind, text]), [
    [FrameKind.ASK, '{"ask":1}'],
    [FrameKind.ASK, '{"ask":2}'],
  ]);
  answer(99, WHOLE, '"nobody asked"');
  answer(sent[1]!.stream, WHOLE, '{"b":2}');
  answer(sent[0]!.stream, FrameFlag.FIRST, '{"a"');
  answer(sent[0]!.stream, FrameFlag.LAST, ":1}");
  assertEquals([await first, await second], [{ a: 1 }, { b: 2 }]);
  assertEquals(cancelled(), 2);
});

Deno.test("a question ends without an answer: in time, by its signal, or with the proxy", async () => {
  const { questions, timers, sent } = asking();
  const fails = async (asked: Promise<unknown>) => {
    const { code, started } = await assertRejects(() => asked, MeshError);
    return [code, started];
  };
  const late = questions.ask({}, { ...PATIENT, untilMs: 1_250 });
  assertEquals(timers[0]!.ms, 250);
  timers[0]!.fire();
  assertEquals(await fails(late), ["DEADLINE_EXCEEDED", false]);
  const controller = new AbortController();
  const given = questions.ask({}, { ...PATIENT, signal: controller.signal });
  controller.abort("enough");
  assertEquals(await fails(given), ["CANCELLED", false]);
  const before = questions.ask({}, { ...PATIENT, signal: controller.signal });
  assertEquals(await fails(before), ["CANCELLED", false]);
  assertEquals(sent.length, 2, "what is cancelled before is not asked");
  const open = questions.ask({}, PATIENT);
  questions.close(new MeshError("UNAVAILABLE", "the server has gone"));
  assertEquals((await fails(open))[0], "UNAVAILABLE");
  assertEquals((await fails(questions.ask({}, PATIENT)))[0], "UNAVAILABLE");
  assertEquals(sent.length, 3);
});

Deno.test("a broken answer ends its question", async () => {
  const { questions, sent, answer } = asking();
  const asked = questions.ask({}, PATIENT);
  answer(sent[0]!.stream, FrameFlag.LAST, "rest");
  assertEquals((await assertRejects(() => asked, MeshError)).code, "DATA_LOSS");
});
