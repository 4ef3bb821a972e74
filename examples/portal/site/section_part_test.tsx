import { assert, assertEquals } from "@std/assert";
import { MeshError } from "mesh";
import { DEFAULT_PREFERENCES } from "../model/preferences.ts";
import { gather } from "./gather.ts";
import { LastKnown } from "./last_known.ts";
import { pageWithoutServers } from "./page_without_servers.ts";
import type { Answer, Section } from "./section.ts";
import { type ReadySection, readySection, sectionPart } from "./section_part.tsx";
import { SECTIONS } from "./sections/mod.ts";

const by = { server: "exec-2", slot: 3 };
const of = { user: null, preferences: DEFAULT_PREFERENCES };
const mesh = pageWithoutServers();
const answering: Section = {
  ...SECTIONS.weather,
  ask: () => Promise.resolve({ by }),
  render: () => "sunny",
};
const failing: Section = {
  ...answering,
  ask: () => Promise.reject(new MeshError("UNAVAILABLE", "dead")),
};

async function load(
  section: Section,
  known = new LastKnown<Answer>(),
): Promise<ReadySection> {
  const { part } = await gather(mesh, { part: sectionPart(section, of, known) }, 10_000);
  return await readySection(section, of, part, known);
}

Deno.test("a section whose content cannot be rendered fails alone, and its answer is not kept", async () => {
  const Broken = (): never => {
    throw new Error("on purpose");
  };
  const known = new LastKnown<Answer>();
  const { error } = console;
  console.error = () => {};
  try {
    const ready = await load({ ...answering, render: () => <Broken /> }, known);
    assertEquals([ready.html, ready.trouble?.code], [undefined, "INTERNAL"]);
  } finally {
    console.error = error;
  }
  assertEquals((await load(failing, known)).html, undefined);
});

Deno.test("a section's text is escaped on its way into the page", async () => {
  const { html } = await load({ ...answering, render: () => "<script>alert(1)</script>" });
  assertEquals(html, "&lt;script&gt;alert(1)&lt;/script&gt;");
});

Deno.test("the last known answer stands in for one that does not come, and says how old it is", async () => {
  let now = 1_000;
  const known = new LastKnown<Answer>(5, () => now);
  const nothing = await load(failing, known);
  assertEquals([nothing.html, nothing.trouble?.code], [undefined, "UNAVAILABLE"]);
  assertEquals((await load(answering, known)).keptAt, undefined);
  now = 2_000;
  for (let i = 0; i < 2; i++) {
    const { html, keptAt, trouble } = await load(failing, known);
    assertEquals([html, keptAt, trouble?.code], ["sunny", 1_000, "UNAVAILABLE"]);
  }
});

Deno.test("an answer to one question does not stand in for another one", async () => {
  const known = new LastKnown<Answer>();
  await load(answering, known);
  const elsewhere = { ...failing, question: () => "elsewhere" };
  assertEquals((await load(elsewhere, known)).html, undefined);
});

Deno.test("prices and portfolios have no last known answer", () => {
  for (const { question } of [SECTIONS.quotes, SECTIONS.portfolio]) assert(question === undefined);
});

Deno.test("a photo whose server is away is explained by the club's name", async () => {
  const photo = { ...SECTIONS.photo, ask: failing.ask };
  assertEquals(
    (await load(photo)).trouble?.text,
    "The photo of Harbour Rovers is on one server alone, which is away at the moment.",
  );
});
