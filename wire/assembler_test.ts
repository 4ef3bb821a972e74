import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { assembledMaxBytes, Assembler, type Fragment } from "./assembler.ts";
import { FrameFlag } from "./frame.ts";

const { FIRST, LAST } = FrameFlag;

function flagsOf(index: number, count: number): number {
  return (index === 0 ? FIRST : 0) | (index === count - 1 ? LAST : 0);
}

function zeros(flags: number, end: number): Fragment {
  return { flags, bytes: new Uint8Array(end), start: 0, end };
}

Deno.test("Assembler puts fragments together, whatever their sizes, message after message", () => {
  fc.assert(fc.property(
    fc.array(fc.array(fc.uint8Array({ maxLength: 50 }), { minLength: 1, maxLength: 12 }), {
      maxLength: 6,
    }),
    (messages) => {
      const assembler = new Assembler(1_000);
      const source = new Uint8Array(60);
      for (const fragments of messages) {
        fragments.forEach((fragment, i) => {
          source.fill(0xee).set(fragment, 3); // the memory a frame comes in is used again
          const flags = flagsOf(i, fragments.length);
          const end = 3 + fragment.length;
          const state = assembler.push({ flags, bytes: source, start: 3, end });
          const last = i === fragments.length - 1;
          assertEquals(state, last ? "complete" : "incomplete");
          assertEquals(assembler.incomplete, !last);
        });
        assertEquals(assembler.owned, fragments.length > 1);
        assertEquals(
          [...assembler.bytes.subarray(assembler.start, assembler.end)],
          fragments.flatMap((fragment) => [...fragment]),
        );
      }
    },
  ));
});

Deno.test("Assembler keeps the bytes of fragments whose source is overwritten", () => {
  const assembler = new Assembler(1_000);
  const source = new Uint8Array(8);
  for (let i = 0; i < 20; i++) {
    source.fill(i);
    assembler.push({ flags: flagsOf(i, 20), bytes: source, start: 2, end: 7 });
  }
  const message = assembler.bytes.subarray(assembler.start, assembler.end);
  assertEquals([...message], Array.from({ length: 100 }, (_, i) => Math.floor(i / 5)));
});

Deno.test("Assembler hands a message of one frame over where it lies", () => {
  const assembler = new Assembler(10);
  const source = new Uint8Array(100);
  assertEquals(
    assembler.push({ flags: FIRST | LAST, bytes: source, start: 20, end: 30 }),
    "complete",
  );
  assert(assembler.bytes === source);
  assertEquals([assembler.start, assembler.end, assembler.owned], [20, 30, false]);
});

Deno.test("Assembler refuses a continuation without a beginning", () => {
  const assembler = new Assembler(10);
  assertEquals(assembler.push(zeros(LAST, 1)), "fault");
  assertEquals(assembler.fault, "continuation-without-first");
});

Deno.test("Assembler refuses a beginning inside a message", () => {
  const assembler = new Assembler(10);
  assertEquals(assembler.push(zeros(FIRST, 1)), "incomplete");
  assertEquals(assembler.push(zeros(FIRST | LAST, 1)), "fault");
  assertEquals(assembler.fault, "first-inside-message");
  assertEquals(assembler.pendingBytes, 0);
});

Deno.test("Assembler takes a message of the largest size and refuses a byte more", () => {
  const source = new Uint8Array(11);
  for (
    const [sizes, outcome] of [[[10], "complete"], [[11], "fault"], [[5, 5], "complete"], [
      [5, 6],
      "fault",
    ]] as const
  ) {
    const assembler = new Assembler(10);
    const states = sizes.map((size, i) =>
      assembler.push({ flags: flagsOf(i, sizes.length), bytes: source, start: 0, end: size })
    );
    assertEquals(states.at(-1), outcome);
    assertEquals(assembler.fault, outcome === "fault" ? "too-large" : undefined);
  }
});

Deno.test("Assembler reserves memory in proportion to what came, not to what is allowed", () => {
  const assembler = new Assembler(assembledMaxBytes(1 << 30));
  assembler.push(zeros(FIRST, 100));
  for (let i = 0; i < 100; i++) assembler.push(zeros(0, 100));
  assembler.push(zeros(LAST, 0));
  assertEquals(assembler.end, 10_100);
  assert(assembler.bytes.length <= 4 * 10_100);
});
