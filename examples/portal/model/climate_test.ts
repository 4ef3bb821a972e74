import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { CITIES, isCity, weatherAt } from "./climate.ts";

Deno.test("weather is plausible in every city at any time of five years", () => {
  const time = fc.integer({ min: Date.UTC(2024, 0), max: Date.UTC(2029, 0) });
  fc.assert(fc.property(fc.constantFrom(...CITIES), time, ({ id }, at) => {
    const { celsius, days, humidity, windKmh } = weatherAt(id, at);
    assertEquals(days.length, 5);
    for (const { lowCelsius, highCelsius, wetChance } of days) {
      assert(lowCelsius <= highCelsius && lowCelsius > -25 && highCelsius < 45);
      assert(wetChance >= 0 && wetChance <= 1);
    }
    assert(celsius >= days[0]!.lowCelsius && celsius <= days[0]!.highCelsius);
    assert(humidity > 0 && humidity <= 1 && windKmh >= 0);
  }));
});

Deno.test("the forecast begins with today in the city, not on the server", () => {
  const at = Date.UTC(2026, 10, 24, 20);
  assertEquals(weatherAt("tokyo", at).days[0]!.date, "2026-11-25");
  assertEquals(weatherAt("new-york", at).days[0]!.date, "2026-11-24");
});

Deno.test("July is warmer than January in the north, and colder in the south", () => {
  const mean = (city: "oslo" | "sydney", month: number) => {
    const days = [3, 8, 13, 18, 23].flatMap((d) => weatherAt(city, Date.UTC(2026, month, d)).days);
    return days.reduce((sum, { highCelsius }) => sum + highCelsius, 0) / days.length;
  };
  assert(mean("oslo", 6) > mean("oslo", 0) + 10);
  assert(mean("sydney", 0) > mean("sydney", 6) + 3);
});

Deno.test("only known cities are cities", () => {
  assert(isCity("lisbon"));
  for (const name of ["", "Lisbon", "constructor", "__proto__"]) assert(!isCity(name), name);
  assertThrows(() => weatherAt("atlantis" as "oslo", 0));
});
