import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { CATEGORIES, HEADLINES } from "./headlines.ts";
import { newest, story } from "./newsroom.ts";

const NOW = Date.UTC(2026, 10, 24, 12);

Deno.test("newest gives stories of the wanted desks only, newest first, none from the future", () => {
  const stories = newest(["science", "culture"], NOW, 8);
  assertEquals(stories.length, 8);
  for (const [i, { category, publishedAt }] of stories.entries()) {
    assert(category === "science" || category === "culture");
    assert(publishedAt <= NOW && publishedAt <= (stories[i - 1]?.publishedAt ?? Infinity));
  }
});

Deno.test("another story leads after seven minutes", () => {
  const [now] = newest(["world"], NOW, 1);
  const [later] = newest(["world"], NOW + 7 * 60_000, 1);
  assertNotEquals(now!.id, later!.id);
});

Deno.test("every story of the stock is found by its id", () => {
  for (const found of newest(CATEGORIES, NOW, 1_000)) assertEquals(story(found.id, NOW), found);
});

Deno.test("ids that name nothing find nothing", () => {
  const tooHigh = `world-${HEADLINES.world.length + 1}`;
  for (const id of ["", "world", "world-0", tooHigh, "gossip-1", "constructor-1", "world-1e1"]) {
    assertEquals(story(id, NOW), undefined, id);
  }
});
