import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { Dice } from "./dice.ts";

const words = (dice: Dice) => Array.from({ length: 4 }, () => dice.word());

Deno.test("a seed gives the same numbers, here and everywhere", () => {
  assertEquals(words(new Dice(1, "a")), words(new Dice(1, "a")));
  assertNotEquals(words(new Dice(1, "a")), words(new Dice(2, "a")));
  assertNotEquals(words(new Dice(1, "a")), words(new Dice(1, "b")));
  assertNotEquals(words(new Dice(1)), words(new Dice(1 + 2 ** 32)));
  assertEquals(words(new Dice(7, "a")), [237310803, 596639415, 468732448, 1485933908]);
});

Deno.test("dice for one purpose do not depend on how often others were thrown", () => {
  const [one, other] = [new Dice(3), new Dice(3)];
  one.word();
  assertEquals(words(one.for("x")), words(other.for("x")));
});

Deno.test("a size lies between its bounds, each magnitude as often as any other", () => {
  const dice = new Dice(5);
  const counts = [0, 0, 0];
  for (let i = 0; i < 30_000; i++) {
    const size = dice.size(1, 4_095);
    assert(Number.isInteger(size) && size >= 1 && size <= 4_095, `${size}`);
    counts[size < 16 ? 0 : size < 256 ? 1 : 2]!++;
  }
  for (const count of counts) assert(count > 9_500 && count < 10_500, `${counts}`);
  for (let i = 0; i < 1_000; i++) assertEquals(dice.size(9, 9), 9);
  const all = new Set(Array.from({ length: 5_000 }, () => dice.size(3, 11)));
  assertEquals([...all].sort((a, b) => a - b), [3, 4, 5, 6, 7, 8, 9, 10, 11]);
});

Deno.test("what has no weight is never picked", () => {
  const dice = new Dice(6);
  for (let i = 0; i < 1_000; i++) assertEquals(dice.weighted({ a: 0, b: 1, c: 0 }), "b");
});
