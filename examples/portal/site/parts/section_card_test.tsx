import { assert, assertStringIncludes } from "@std/assert";
import { MeshError } from "mesh";
import type { ReadySection } from "../section_part.tsx";
import { SECTIONS } from "../sections/mod.ts";
import { troubleOf } from "../trouble.ts";
import { SectionCard } from "./section_card.tsx";

const by = { server: "exec-2", slot: 3 };
const render = (ready: Omit<ReadySection, "section">, section = SECTIONS.weather) => {
  return String(<SectionCard ready={{ section, ...ready }} />);
};

Deno.test("a section says which service, server and slot made it, and how long that took", () => {
  const html = render({ by, html: "<p>12°</p>", ms: 2.04 });
  assertStringIncludes(html, "<p>12°</p>");
  assertStringIncludes(html, "weather · exec-2 slot 3 · 2.0 ms");
});

Deno.test("a section that failed shows a message fit for its cause, and never the error's own words", () => {
  const causes: [unknown, string, string][] = [
    [new MeshError("DEADLINE_EXCEEDED", "secret"), "taking longer", "DEADLINE_EXCEEDED"],
    [new MeshError("CANCELLED", "secret"), "taking longer", "CANCELLED"],
    [new MeshError("UNAVAILABLE", "secret"), "cannot be reached", "UNAVAILABLE"],
    [new MeshError("RESOURCE_EXHAUSTED", "secret"), "Too many people", "RESOURCE_EXHAUSTED"],
    [new MeshError("INTERNAL", "secret"), "went wrong", "INTERNAL"],
    [new TypeError("secret"), "went wrong", "INTERNAL"],
    ["secret", "went wrong", "INTERNAL"],
    [Object.assign(new Error("secret"), { code: "<script>" }), "went wrong", "INTERNAL"],
  ];
  for (const [error, text, code] of causes) {
    const html = render({ trouble: troubleOf(error), ms: 500 });
    assertStringIncludes(html, text);
    assertStringIncludes(html, `weather · ${code} · 500 ms`);
    assert(!html.includes("secret") && !html.includes("<script>"));
  }
});

Deno.test("each section has a heading that names it", () => {
  for (const section of Object.values(SECTIONS)) {
    const html = render({ by, html: "", ms: 1 }, section);
    assertStringIncludes(html, `aria-labelledby="${section.id}-title"`);
    assertStringIncludes(html, `<h2 id="${section.id}-title">${section.title}</h2>`);
  }
});

Deno.test("what a section remarks about its answer stands in the small line", () => {
  const html = render({ by, html: "", remark: "memory hit", ms: 1 }, SECTIONS.portfolio);
  assertStringIncludes(html, "portfolio · exec-2 slot 3 · memory hit · 1.0 ms");
});

Deno.test("a last known answer is marked as such, with its time and the reason", () => {
  const trouble = troubleOf(new MeshError("UNAVAILABLE", "secret"));
  const keptAt = Date.UTC(2026, 10, 24, 14, 32);
  const html = render({ by, html: "<p>12°</p>", keptAt, trouble, ms: 1 });
  assertStringIncludes(html, `<time datetime="2026-11-24T14:32:00.000Z">14:32 UTC</time>`);
  assertStringIncludes(html, "cannot be reached");
  assertStringIncludes(html, "<p>12°</p>");
  assertStringIncludes(html, "weather · UNAVAILABLE · kept by this web process · 1.0 ms");
  assert(!html.includes('class="trouble"'));
});
