import { assertEquals } from "@std/assert";
import { DEFAULT_PREFERENCES } from "../model/preferences.ts";
import { allSections, readSettingsForm } from "./settings_form.ts";

function form(fields: Record<string, string | string[]>): FormData {
  const data = new FormData();
  for (const [name, values] of Object.entries(fields)) {
    for (const value of [values].flat()) data.append(name, value);
  }
  return data;
}

const ORDER = ["weather", "news", "photo", "quotes", "sports", "portfolio"];

Deno.test("ticked sections come in the order of their rows", () => {
  const { preferences, moved } = readSettingsForm(form({
    order: ORDER,
    show: ["news", "weather", "sports"],
    category: ["science", "culture"],
    symbol: ["YHOO", "ALDR"],
    city: "oslo",
    club: "meadow",
  }));
  assertEquals(moved, false);
  assertEquals(preferences, {
    sections: ["weather", "news", "sports"],
    categories: ["science", "culture"],
    symbols: ["YHOO", "ALDR"],
    city: "oslo",
    club: "meadow",
  });
});

Deno.test("an arrow swaps a section with its neighbour on the page", () => {
  const move = (move: string) => {
    const { preferences, moved } = readSettingsForm(
      form({ order: ORDER, show: ["weather", "news", "sports"], move }),
    );
    assertEquals(moved, true);
    return preferences.sections;
  };
  assertEquals(move("sports:up"), ["weather", "sports", "news"]);
  assertEquals(move("weather:down"), ["news", "weather", "sports"]);
  for (const nothing of ["weather:up", "sports:down", "photo:up", "gossip:up", "", ":"]) {
    assertEquals(move(nothing), ["weather", "news", "sports"], nothing);
  }
});

Deno.test("a form that was cut or forged still gives valid preferences", () => {
  const forged = form({ order: ["news", "news", "<script>"], show: ["news", "photo", "x"] });
  forged.append("city", new File(["x"], "oslo"));
  const { preferences } = readSettingsForm(forged);
  assertEquals(preferences.sections, ["news", "photo"]);
  assertEquals(preferences.city, DEFAULT_PREFERENCES.city);
  assertEquals(readSettingsForm(new FormData()).preferences.sections, []);
});

Deno.test("the form says which version it was filled from, if it says so well", () => {
  const cases: [string | undefined, number | undefined][] = [
    ["0", 0],
    ["1795865600000", 1795865600000],
    ...["", "-1", "1.5", "1e3", " 1", "9".repeat(30), "none"].map(
      (text): [string, undefined] => [text, undefined],
    ),
    [undefined, undefined],
  ];
  for (const [version, basedOn] of cases) {
    const fields = form(version === undefined ? {} : { version });
    assertEquals(readSettingsForm(fields).basedOn, basedOn, version);
  }
});

Deno.test("the form lists every section once, those of the page first", () => {
  const all = allSections(["sports", "news"]);
  assertEquals(all.slice(0, 2), ["sports", "news"]);
  assertEquals(all.toSorted(), ORDER.toSorted());
});
