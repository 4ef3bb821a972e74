import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { MeshError } from "mesh";
import { type Outcome } from "../gather.ts";
import { gather } from "../gather.ts";
import type { Clients } from "../clients.ts";
import type { Section } from "../section.ts";
import { SECTIONS } from "../sections/mod.ts";
import { DEFAULT_PREFERENCES } from "../../model/preferences.ts";
import { type ReadySection, SectionCard, sectionPart } from "./section_card.tsx";

const by = { server: "exec-2", slot: 3 };
const render = (outcome: Outcome<ReadySection>, section = SECTIONS.weather) => {
  return String(<SectionCard section={section} outcome={outcome} />);
};

Deno.test("a section says which service, server and slot made it, and how long that took", () => {
  const html = render({ ok: true, value: { by, html: "<p>12°</p>" }, ms: 2.04 });
  assertStringIncludes(html, "<p>12°</p>");
  assertStringIncludes(html, "weather · exec-2 slot 3 · 2.0 ms");
});

Deno.test("a section that failed shows a message fit for its cause, and never the error's own words", () => {
  const causes: [unknown, string, string][] = [
    [new MeshError("DEADLINE_EXCEEDED", "secret"), "taking longer", "DEADLINE_EXCEEDED"],
    [new MeshError("UNAVAILABLE", "secret"), "cannot be reached", "UNAVAILABLE"],
    [new MeshError("RESOURCE_EXHAUSTED", "secret"), "Too many people", "RESOURCE_EXHAUSTED"],
    [new MeshError("INTERNAL", "secret"), "went wrong", "INTERNAL"],
    [new TypeError("secret"), "went wrong", "INTERNAL"],
    ["secret", "went wrong", "INTERNAL"],
    [Object.assign(new Error("secret"), { code: "<script>" }), "went wrong", "INTERNAL"],
  ];
  for (const [error, text, code] of causes) {
    const html = render({ ok: false, error, ms: 500 });
    assertStringIncludes(html, text);
    assertStringIncludes(html, `weather · ${code} · 500 ms`);
    assert(!html.includes("secret") && !html.includes("<script>"));
  }
});

Deno.test("each section has a heading that names it", () => {
  for (const section of Object.values(SECTIONS)) {
    const html = render({ ok: true, value: { by, html: "" }, ms: 1 }, section);
    assertStringIncludes(html, `aria-labelledby="${section.id}-title"`);
    assertStringIncludes(html, `<h2 id="${section.id}-title">${section.title}</h2>`);
  }
});

Deno.test("a section whose content cannot be rendered fails alone", async () => {
  const Broken = (): never => {
    throw new Error("on purpose");
  };
  const section: Section = {
    ...SECTIONS.weather,
    load: () => Promise.resolve({ by, body: <Broken /> }),
  };
  const request = { services: {} as Clients, user: null, preferences: DEFAULT_PREFERENCES };
  const [outcome] = await gather([sectionPart(section, request)]);
  assertEquals(outcome?.ok, false);
});

Deno.test("a section's text is escaped on its way into the page", async () => {
  const section: Section = {
    ...SECTIONS.weather,
    load: () => Promise.resolve({ by, body: "<script>alert(1)</script>" }),
  };
  const request = { services: {} as Clients, user: null, preferences: DEFAULT_PREFERENCES };
  const [outcome] = await gather([sectionPart(section, request)]);
  const html = render(outcome!);
  assertStringIncludes(html, "&lt;script&gt;");
  assert(!html.includes("<script>"));
});
