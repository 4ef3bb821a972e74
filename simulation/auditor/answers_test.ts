import { assertEquals } from "@std/assert";
import { Answers } from "./answers.ts";
import { FrameReader } from "./frame_reader.ts";
import type { Direction } from "./wire_checks.ts";

const ID = "00000007000000ab";
const WORKER = "exec-1/exec-1", PROXY = "exec-1/proxy-1";
const REQUEST = 1, REPLY = 2, END = 3, ERROR = 4;
const FIRST = 1, LAST = 2, LAST_MESSAGE = 4;

function direction(from: string, to: string): Direction {
  return { from, to, reader: new FrameReader(), calls: new Map() };
}

/** Frames of one stream with a request of {@linkcode ID}, as they pass through a worker's slot. */
class Slot {
  readonly answers = new Answers();
  readonly #body = new DataView(new ArrayBuffer(32));

  constructor() {
    this.#body.setBigUint64(8, BigInt(`0x${ID}`), true);
  }

  gets(kind: number, flags: number, stream: number): void {
    this.#passes(kind, flags, stream, direction(PROXY, WORKER));
  }

  sends(kind: number, flags: number, stream: number): void {
    this.#passes(kind, flags, stream, direction(WORKER, PROXY));
  }

  #passes(kind: number, flags: number, stream: number, there: Direction): void {
    const frame = { kind, flags, stream, generation: 1, bodyBytes: 32, body: this.#body };
    this.answers.frame(frame, there);
  }
}

Deno.test("a process owes a reply from a request's first frame to the reply's last one", () => {
  const slot = new Slot();
  slot.gets(REQUEST, FIRST, 5);
  slot.gets(REQUEST, LAST, 5);
  assertEquals(slot.answers.debtors(ID), [WORKER]);
  slot.sends(REPLY, FIRST | LAST, 5); // an item
  slot.sends(REPLY, FIRST, 5);
  assertEquals(slot.answers.debtors(ID), [WORKER]);
  slot.sends(REPLY, LAST | LAST_MESSAGE, 5);
  assertEquals(slot.answers.debtors(ID), []);
});

Deno.test("an end and an error are replies, too; each request with the id needs its own", () => {
  const slot = new Slot();
  slot.gets(REQUEST, FIRST | LAST, 5);
  slot.gets(REQUEST, FIRST | LAST, 6);
  slot.sends(END, 0, 5);
  slot.sends(END, 0, 5);
  assertEquals(slot.answers.debtors(ID), [WORKER]);
  slot.sends(ERROR, FIRST | LAST, 6);
  assertEquals(slot.answers.debtors(ID), []);
});
