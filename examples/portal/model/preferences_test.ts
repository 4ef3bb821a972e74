import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { DEFAULT_PREFERENCES, isSection, toPreferences } from "./preferences.ts";

Deno.test("nothing gives the default preferences, in lists of its own", () => {
  for (const nothing of [undefined, null, {}, 7, "sections", []]) {
    assertEquals(toPreferences(nothing), DEFAULT_PREFERENCES);
  }
  toPreferences(undefined).sections.pop();
  assertEquals(toPreferences(undefined), DEFAULT_PREFERENCES);
});

Deno.test("order is kept, unknown names and repetitions are dropped", () => {
  const given = {
    sections: ["photo", "gossip", "news", "photo"],
    symbols: ["YHOO", "NOPE", "ALDR"],
    categories: ["science", "gossip"],
    city: "tokyo",
    club: "quarry",
  };
  assertEquals(toPreferences(given), {
    sections: ["photo", "news"],
    symbols: ["YHOO", "ALDR"],
    categories: ["science"],
    city: "tokyo",
    club: "quarry",
  });
});

Deno.test("a user may choose no section and no symbol, but always has a desk, a city and a club", () => {
  const { sections, symbols, categories, city, club } = toPreferences({
    sections: [],
    symbols: [],
    categories: [],
    city: "atlantis",
    club: "__proto__",
  });
  assertEquals([sections, symbols], [[], []]);
  assertEquals([categories, city, club], [
    DEFAULT_PREFERENCES.categories,
    DEFAULT_PREFERENCES.city,
    DEFAULT_PREFERENCES.club,
  ]);
});

Deno.test("anything becomes valid preferences, and valid ones stay as they are", () => {
  fc.assert(fc.property(fc.anything(), fc.anything(), (sections, symbols) => {
    const preferences = toPreferences({ sections, symbols });
    assert(preferences.sections.every(isSection));
    assertEquals(toPreferences(preferences), preferences);
  }));
});
