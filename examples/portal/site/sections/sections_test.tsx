import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { weatherAt } from "../../model/climate.ts";
import { leagueAt } from "../../model/league.ts";
import { history, quoteAt } from "../../model/market.ts";
import { newest } from "../../model/newsroom.ts";
import { valuation } from "../../model/valuation.ts";
import { parse } from "@std/jsonc";
import { CLUBS } from "../../model/league.ts";
import { SECTIONS } from "./mod.ts";
import { NewsBody } from "./news.tsx";
import { PortfolioBody } from "./portfolio.tsx";
import { QuoteTable } from "./quotes.tsx";
import { SportsBody } from "./sports.tsx";
import { WeatherBody } from "./weather.tsx";

const NOW = Date.UTC(2026, 10, 24, 9);
const HOSTILE = `"><script>alert("x")</script>`;
const by = { server: "exec-1", slot: 0 };

Deno.test("news leads with the newest story and links to each", () => {
  const stories = newest(["world", "science"], NOW, 5);
  const html = String(<NewsBody stories={stories} now={NOW} />);
  assert(html.indexOf(stories[0]!.title) < html.indexOf(stories[1]!.title));
  for (const { id } of stories) assertStringIncludes(html, `href="/news/${id}"`);
  assertStringIncludes(String(<NewsBody stories={[]} now={NOW} />), "Nothing new");
});

Deno.test("prices carry what the script needs to move them", () => {
  const quotes = ["YHOO", "MOSS"].map((symbol) => {
    return { ...quoteAt(symbol, NOW)!, history: history(symbol, NOW) };
  });
  const html = String(<QuoteTable quotes={quotes} />);
  assertEquals(html.match(/data-symbol=/g)?.length, 2);
  assertEquals(html.match(/data-price=/g)?.length, 2);
  assertEquals(html.match(/data-change=/g)?.length, 2);
});

Deno.test("a portfolio without prices shows its positions and says what is missing", () => {
  const positions = [{ symbol: "YHOO", shares: 100, cost: 13 }];
  const portfolio = { ...valuation(positions, []), sample: false, by };
  const html = String(<PortfolioBody portfolio={portfolio} />);
  assertStringIncludes(html, "prices are not here yet");
  assertStringIncludes(html, "YHOO");
  assert(!html.includes("NaN") && !html.includes("null"));
});

Deno.test("the favourite club's match comes first and its line is set off", () => {
  const league = leagueAt(NOW);
  for (const { id, name } of league.table.map(({ club }) => club)) {
    const html = String(<SportsBody league={league} club={id} />);
    const first = /<li class="match.*?<\/li>/s.exec(html)?.[0] ?? "";
    assertStringIncludes(first, name);
    assertEquals(html.match(/<tr class="mine">/g)?.length, 1);
  }
});

Deno.test("the weather has five days, the first of which is today", () => {
  const html = String(<WeatherBody weather={weatherAt("tokyo", NOW)} now={NOW} />);
  assertEquals(html.match(/<li>/g)?.length, 5);
  assertStringIncludes(html, "Today");
  assertStringIncludes(html, "18:00");
});

Deno.test("nothing that a service says becomes markup", () => {
  const [story] = newest(["world"], NOW, 1);
  const hostileStory = { ...story!, title: HOSTILE, summary: HOSTILE, id: HOSTILE };
  const quote = { ...quoteAt("YHOO", NOW)!, symbol: HOSTILE, name: HOSTILE, history: [1, 2] };
  const weather = { ...weatherAt("oslo", NOW), name: HOSTILE };
  const position = { symbol: HOSTILE, shares: 1, cost: 1 };
  const portfolio = { ...valuation([position], []), sample: false, by };
  const pages = [
    String(<NewsBody stories={[hostileStory, hostileStory]} now={NOW} />),
    String(<QuoteTable quotes={[quote]} />),
    String(<WeatherBody weather={weather} now={NOW} />),
    String(<PortfolioBody portfolio={portfolio} />),
  ];
  for (const html of pages) {
    assertStringIncludes(html, "&lt;script&gt;");
    assert(!html.includes("<script"));
  }
});

Deno.test("sections are routed as web.json says, and every club's photo has a server", async () => {
  const text = await Deno.readTextFile(new URL("../../web.json", import.meta.url));
  const { groups } = parse(text) as {
    groups: Record<string, { mode: string; services?: string[]; keys?: Record<string, string> }>;
  };
  for (const { service, mode } of Object.values(SECTIONS)) {
    const group = Object.values(groups).find(({ services }) => services?.includes(service));
    assertEquals([service, group?.mode], [service, mode]);
  }
  const { keys = {} } = groups.photos!;
  assertEquals(Object.keys(keys).sort(), CLUBS.map(({ id }) => id).sort());
  assertEquals(new Set(Object.values(keys)), new Set(["exec-1", "exec-2"]));
});
