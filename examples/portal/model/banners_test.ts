import { assertEquals } from "@std/assert";
import { bannerFor } from "./banners.ts";

const TEN_MINUTES = 10 * 60_000;

Deno.test("a user sees every notice in turn, each for ten minutes", () => {
  const turns = [0, 1, 2].map((turn) => bannerFor("ada", turn * TEN_MINUTES));
  assertEquals(new Set(turns.map(({ title }) => title)).size, 3);
  assertEquals(bannerFor("ada", TEN_MINUTES - 1), turns[0]);
});

Deno.test("a new browser is told first that the page can be changed", () => {
  for (const now of [0, TEN_MINUTES, 5 * TEN_MINUTES]) {
    assertEquals(bannerFor("", now).link, "/settings");
  }
});
