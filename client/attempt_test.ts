import { assertEquals, assertThrows } from "@std/assert";
import { encodePayload } from "../endpoint/codec.ts";
import { MeshError } from "../errors.ts";
import { STREAM_WINDOW_BYTES } from "../limits.ts";
import { frameOf } from "../tests/support/frames.ts";
import { encodeErrorBody } from "../wire/error_body.ts";
import { FrameFlag, FrameKind } from "../wire/frame.ts";
import { Attempt, type AttemptOwner } from "./attempt.ts";

const { FIRST, LAST, END } = FrameFlag;
const WHOLE = FIRST | LAST;

/** An attempt, and what its call is told. */
class Bench implements AttemptOwner {
  readonly target = "a.b";
  readonly messageBytes = 1_000;
  settled = false;
  readonly told: string[] = [];
  readonly attempt: Attempt = new Attempt(this, {
    grant: (_, bytes) => void this.told.push(`granted ${bytes}`),
  });

  waitsForReplies = () => !this.settled;
  replied = (value: unknown) => void this.told.push(`replied ${value}`);
  gave = (item: unknown) => void this.told.push(`gave ${item}`);
  gaveAll = () => void this.told.push("gave all");
  refused = ({ error }: { error: MeshError }) => void this.told.push(`refused ${error.code}`);
  unreadable = ({ code }: MeshError) => void this.told.push(`unreadable ${code}`);
  fail = ({ code }: MeshError) => void this.told.push(`failed ${code}`);

  reply(flags: number, bytes: Uint8Array): void {
    this.attempt.reply(frameOf(FrameKind.REPLY, flags, 1, bytes));
  }

  error(flags: number, bytes: Uint8Array): void {
    this.attempt.error(frameOf(FrameKind.ERROR, flags, 1, bytes));
  }
}

const payload = (value: unknown) => encodePayload(value).bytes.slice();

Deno.test("an attempt is silent until something comes, and over with its last frame", () => {
  const bench = new Bench();
  const text = payload("whole");
  const states = [bench.attempt.state];
  bench.reply(FIRST, text.subarray(0, 2));
  states.push(bench.attempt.state);
  bench.reply(LAST | END, text.subarray(2));
  states.push(bench.attempt.state);
  assertEquals(states, ["silent", "answering", "over"]);
  assertEquals(bench.told, ["replied whole"]);
});

Deno.test("what comes after the last frame is a fault of this program", () => {
  const bench = new Bench();
  bench.attempt.ended();
  assertThrows(() => bench.attempt.ended(), Error, "it is over");
  assertThrows(() => bench.reply(WHOLE, payload(1)), Error, "it is over");
  assertThrows(() => bench.error(WHOLE, payload(1)), Error, "it is over");
  assertEquals(bench.told, ["gave all"]);
});

Deno.test("items come until the stream ends, and their credit is given back when they are taken", () => {
  const bench = new Bench();
  bench.reply(WHOLE, payload("one"));
  bench.attempt.taken(STREAM_WINDOW_BYTES);
  bench.attempt.ended();
  assertEquals([bench.told[0], bench.told.at(-1), bench.attempt.state], [
    "gave one",
    "gave all",
    "over",
  ]);
  assertEquals(bench.told.slice(1, -1), [`granted ${STREAM_WINDOW_BYTES}`]);
});

Deno.test("an error ends it, whole or in pieces", () => {
  const body = encodeErrorBody(new MeshError("NOT_FOUND", "nobody knows it"));
  const whole = new Bench();
  whole.error(WHOLE, body);
  const pieces = new Bench();
  pieces.error(FIRST, body.subarray(0, 5));
  assertEquals(pieces.attempt.state, "answering");
  pieces.error(LAST, body.subarray(5));
  for (const { told, attempt } of [whole, pieces]) {
    assertEquals([told, attempt.state], [["refused NOT_FOUND"], "over"]);
  }
});

Deno.test("what cannot be read does not end it, unless it was the last", () => {
  const bench = new Bench();
  bench.reply(WHOLE, new Uint8Array([0xc1]));
  bench.reply(LAST, payload(1));
  assertEquals([bench.told, bench.attempt.state], [
    ["unreadable DATA_LOSS", "unreadable DATA_LOSS"],
    "answering",
  ]);
  bench.reply(WHOLE | END, new Uint8Array([0xc1]));
  assertEquals(bench.attempt.state, "over");
});

Deno.test("a call that has its outcome is told nothing more, and the attempt ends all the same", () => {
  const bench = new Bench();
  bench.settled = true;
  bench.reply(WHOLE, payload(1));
  bench.error(WHOLE, encodeErrorBody(new MeshError("NOT_FOUND", "nobody knows it")));
  assertEquals([bench.told, bench.attempt.state], [[], "over"]);
});
