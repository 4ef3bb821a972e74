/**
 * The portal on a real mesh, as a browser without script sees it.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { parse } from "@std/jsonc";
import { askServer } from "../../cli/admin_client.ts";
import type { Status } from "../../server/status.ts";
import { startMesh, type TestMesh, type TestMeshOptions } from "../../testing.ts";
import { Browser } from "../support/browser.ts";
import { ROOT } from "../support/source_tree.ts";

const SITE = `${ROOT}/examples/portal/site.tsx`;
const SERVICES = `${ROOT}/examples/portal/services`;
const SECTIONS = ["news", "quotes", "portfolio", "weather", "sports", "photo"];

const { groups } = parse(Deno.readTextFileSync(`${ROOT}/examples/portal/web.json`)) as {
  groups: Record<string, unknown>;
};

interface Portal extends AsyncDisposable {
  mesh: TestMesh;
}

/** The portal with a database of its own. */
async function startPortal(options: Partial<TestMeshOptions> = {}): Promise<Portal> {
  await using opened = new AsyncDisposableStack();
  const directory = await Deno.makeTempDir({ prefix: "mesh_portal_" });
  opened.defer(() => Deno.remove(directory, { recursive: true }));
  const mesh = opened.use(
    await startMesh({
      services: SERVICES,
      site: SITE,
      execServers: 2,
      config: { groups, web: { cookie: { issue: true } } },
      env: { PORTAL_DB: `${directory}/portal.db` },
      ...options,
    }),
  );
  const all = opened.move();
  return { mesh, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

const sectionsOf = (html: string) =>
  [...html.matchAll(/<section class="card (\w+)"/g)].map(([, id]) => id ?? "");

Deno.test("a new browser's first page is complete, made by both exec servers, and brings an identity", async () => {
  await using portal = await startPortal();
  const browser = new Browser(portal.mesh.url);
  const { response, text } = await browser.open("/");
  assertEquals(response.status, 200);
  assertMatch(response.headers.get("content-security-policy") ?? "", /^default-src 'none';/);
  assertEquals(response.headers.get("cache-control"), "private, no-cache");
  assertEquals(sectionsOf(text), SECTIONS);
  assert(!text.includes('class="trouble"'), text);
  for (const server of ["exec-1", "exec-2"]) assertStringIncludes(text, `${server} slot`);
  assertEquals([...browser.cookies.keys()], ["mesh_user"]);

  const styled = /<link rel="stylesheet" href="([^"]+)"/.exec(text)?.[1] ?? "";
  const style = await browser.open(styled);
  assertEquals(style.response.headers.get("content-type"), "text/css; charset=utf-8");
  const photo = await browser.open("/photos/harbour");
  assertEquals(photo.response.headers.get("content-type"), "image/svg+xml");
  assertStringIncludes(photo.text, "HARBOUR ROVERS");
  const story = /href="(\/news\/[^"]+)"/.exec(text)?.[1] ?? "";
  assertEquals((await browser.open(story)).response.status, 200);
  const lost = await browser.open("/news/gossip-1");
  assertEquals([lost.response.status, lost.text.includes("Nothing here")], [404, true]);
});

Deno.test("saved settings show at once in every web process, and only for their user", async () => {
  await using portal = await startPortal({ webProcesses: 2 });
  const [ada, bob] = [new Browser(portal.mesh.url), new Browser(portal.mesh.url)];
  // Every process has the old template before the change.
  for (let i = 0; i < 20; i++) assertEquals(sectionsOf((await ada.open("/")).text), SECTIONS);
  await bob.open("/");
  const saved = await ada.send("/settings", [
    ...["sports", "weather", "news", "quotes"].map((id): [string, string] => ["order", id]),
    ["show", "sports"],
    ["show", "weather"],
    ["city", "oslo"],
    ["club", "quarry"],
  ]);
  assertEquals([saved.status, saved.headers.get("location")], [303, "/"]);
  for (let i = 0; i < 20; i++) {
    const { text } = await ada.open("/");
    assertEquals(sectionsOf(text), ["sports", "weather"]);
    assertStringIncludes(text, "Oslo");
  }
  assertEquals(sectionsOf((await bob.open("/")).text), SECTIONS);

  const moved = await ada.send("/settings", [
    ["order", "sports"],
    ["order", "weather"],
    ["show", "sports"],
    ["show", "weather"],
    ["move", "weather:up"],
  ]);
  assertEquals(moved.headers.get("location"), "/settings");
  assertEquals(sectionsOf((await ada.open("/")).text), ["weather", "sports"]);
});

Deno.test("a user edits his portfolio by plain forms and sees it valued", async () => {
  await using portal = await startPortal();
  const browser = new Browser(portal.mesh.url);
  assertStringIncludes((await browser.open("/portfolio")).text, "This is a sample.");
  const position: [string, string][] = [["symbol", "moss"], ["shares", "1,200"], ["cost", "$290"]];
  const put = await browser.send("/portfolio", position);
  assertEquals([put.status, put.headers.get("location")], [303, "/portfolio"]);
  const { text } = await browser.open("/portfolio");
  assertMatch(text, /MOSS <span>× 1,200<\/span>/);
  assert(!text.includes("This is a sample.") && !text.includes('class="trouble"'));
  assertMatch((await browser.open("/")).text, /MOSS <span>× 1,200<\/span>/);

  await browser.send("/portfolio/remove", [["symbol", "MOSS"]]);
  const after = (await browser.open("/portfolio")).text;
  assert(!after.includes("MOSS <span>×") && after.includes("YHOO <span>×"));

  const wrong = await browser.send("/portfolio", [["symbol", "MOSS"], ["shares", "many"]]);
  const location = wrong.headers.get("location") ?? "";
  assertStringIncludes((await browser.open(location)).text, "The number of shares has to be");
});

Deno.test("a changed portfolio shows at once, whichever process has it in memory", async () => {
  await using portal = await startPortal({ execServers: 1, processes: 3 });
  const browser = new Browser(portal.mesh.url);
  await browser.open("/");
  const answers: string[] = [];
  for (let shares = 1; shares <= 10; shares++) {
    await browser.send("/portfolio", [
      ["symbol", "MOSS"],
      ["shares", String(shares)],
      ["cost", "290"],
    ]);
    for (let i = 0; i < 3; i++) {
      const { text } = await browser.open("/");
      assertStringIncludes(text, `MOSS <span>× ${shares}</span>`);
      answers.push(/portfolio · exec-1 slot \d+ · memory (\w+)/.exec(text)?.[1] ?? text);
    }
  }
  assert(answers.includes("hit"));
  assertEquals(answers.filter((answer) => answer !== "hit" && answer !== "miss"), []);
});

Deno.test("forms of other sites, without origin, too large or garbled are refused with a page", async () => {
  await using portal = await startPortal({ execServers: 1 });
  const browser = new Browser(portal.mesh.url);
  await browser.open("/");
  const form = new URLSearchParams({ symbol: "YHOO" });
  const post = (headers: Record<string, string>, body: BodyInit = form) =>
    browser.open("/portfolio/remove", { method: "POST", body, headers });
  const origin = portal.mesh.url;
  assertEquals((await post({ origin: "http://evil.example" })).response.status, 403);
  assertEquals((await post({})).response.status, 403);
  assertEquals((await post({ origin }, "x".repeat(20_000))).response.status, 413);
  const garbled = await post({ origin, "content-type": "multipart/form-data" }, "garbled");
  assertEquals(garbled.response.status, 400);
  assertStringIncludes(garbled.text, "Not accepted");
  assertStringIncludes((await browser.open("/portfolio")).text, "This is a sample.");
});

Deno.test("a dead, a slow and a throwing service are sections with messages on a page that is complete otherwise", async () => {
  const directory = await Deno.makeTempDir({ prefix: "mesh_portal_services_" });
  try {
    // No weather at all; news never answers; sports throws.
    await Deno.writeTextFile(
      `${directory}/news.js`,
      `export const headlines = () => new Promise(() => {});`,
    );
    await Deno.writeTextFile(
      `${directory}/sports.js`,
      `export const league = () => { throw new Error("secret"); };`,
    );
    const own = ["banner", "photo", "portfolio", "profile", "quotes"];
    await using portal = await startPortal({
      services: [
        ...own.map((name) => `${SERVICES}/${name}.ts`),
        `${directory}/news.js`,
        `${directory}/sports.js`,
      ],
    });
    const { response, text } = await new Browser(portal.mesh.url).open("/");
    assertEquals(response.status, 200);
    assertEquals(sectionsOf(text), SECTIONS);
    assert(text.endsWith("</html>"));
    assertEquals(text.match(/class="trouble"/g)?.length, 3);
    assertStringIncludes(text, "news · DEADLINE_EXCEEDED");
    assertStringIncludes(text, "sports · INTERNAL");
    assertMatch(text, /weather · (NOT_FOUND|UNAVAILABLE)/);
    assert(!text.includes("secret"));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("prices arrive as events, and the stream ends when the browser goes away", async () => {
  await using portal = await startPortal({ execServers: 1 });
  const response = await fetch(`${portal.mesh.url}/quotes/stream?symbols=MOSS,NOPE`);
  assertEquals(response.headers.get("content-type"), "text/event-stream");
  let seen = "";
  for await (const text of response.body!.pipeThrough(new TextDecoderStream())) {
    seen += text;
    if (seen.split("data: ").length > 3) break;
  }
  const events = [...seen.matchAll(/^data: (.*)$/gm)].map(([, data]) => JSON.parse(data ?? ""));
  assertEquals(events[0].length, 1);
  assertEquals(Object.keys(events[0][0]), ["symbol", "price", "change", "direction"]);
  assertEquals(events[0][0].symbol, "MOSS");

  // The watchdog: left alone, the stream would go on for ten minutes.
  const end = performance.now() + 10_000;
  while (await callsInFlight(portal.mesh.runtimeDirs[1]!) > 0) assert(performance.now() < end);
});

async function callsInFlight(runtimeDir: string): Promise<number> {
  const { slots } = await askServer<Status>(runtimeDir, "/status");
  return slots.reduce((sum, { inFlight }) => sum + inFlight, 0);
}
