import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { MeshError } from "mesh";
import { bannerFor } from "../../model/banners.ts";
import { toPreferences } from "../../model/preferences.ts";
import { compileTemplate } from "../template.ts";
import { troubleOf } from "../trouble.ts";
import { SummaryPage } from "./summary.tsx";

const by = { server: "exec-1", slot: 0 };
const now = Date.UTC(2026, 10, 24, 9);

function page(sections: string[], failing: string[], banner = true): string {
  const preferences = toPreferences({ sections, city: "berlin" });
  const template = compileTemplate({ version: 1, preferences });
  const error = new MeshError("UNAVAILABLE", "dead");
  const ready = template.sections.map((section) =>
    failing.includes(section.id)
      ? { section, trouble: troubleOf(error), ms: 1 }
      : { section, by, html: `<p>content of ${section.id}</p>`, ms: 1 }
  );
  return String(
    <SummaryPage
      found={{ template, source: "cache" }}
      ready={ready}
      banner={banner
        ? { status: "value", value: { ...bannerFor("", 0), by }, ms: 1 }
        : { status: "error", error, ms: 1 }}
      now={now}
      ms={2}
    />,
  );
}

const order = (html: string) => [...html.matchAll(/<section class="card (\w+)"/g)].map((m) => m[1]);

Deno.test("the page has the user's sections in the user's order, and is a whole document", () => {
  const html = page(["photo", "news", "sports"], []);
  assertEquals(order(html), ["photo", "news", "sports"]);
  assert(html.startsWith("<!doctype html>") && html.endsWith("</html>"));
  assertStringIncludes(html, "content of news");
});

Deno.test("a page all of whose services are dead is still a page", () => {
  const all = ["news", "quotes", "portfolio", "weather", "sports", "photo"];
  const html = page(all, all, false);
  assertEquals(order(html), all);
  assertEquals(html.match(/cannot be reached/g)?.length, all.length);
  assert(!html.includes('class="banner"') && html.endsWith("</html>"));
});

Deno.test("one dead service leaves the other sections as they are", () => {
  const html = page(["news", "weather"], ["weather"]);
  assertStringIncludes(html, "content of news");
  assert(!html.includes("content of weather"));
});

Deno.test("a user who wants no section is shown where to choose some", () => {
  assertStringIncludes(page([], []), 'Your page has no sections. <a href="/settings">');
});

Deno.test("only a page with prices has the script that moves them", () => {
  assertStringIncludes(page(["quotes"], []), "<script src=");
  assert(!page(["news"], []).includes("<script"));
});

Deno.test("date and greeting are those of the user's city", () => {
  assertStringIncludes(page([], []), "Good morning");
  assertStringIncludes(page([], []), "Tuesday, November 24");
});
