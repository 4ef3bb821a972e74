/**
 * The portal in a real browser: everything stays in its card, on a phone as on a desk, also in a wide font.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { parse } from "@std/jsonc";
import { type Browser, chromium } from "playwright-core";
import { startMesh } from "../../testing.ts";
import { commandPath, missingCommand, testUnless } from "../skip.ts";
import { ROOT } from "../support/source_tree.ts";

const WIDTHS = [320, 768, 1200];
/** The page's own fonts, and letters that are all as wide as an m. */
const FONTS: Readonly<Record<string, string>> = {
  own: "",
  wide: ':root { --sans: "DejaVu Sans Mono", monospace; --serif: "DejaVu Sans Mono", monospace; }',
  spaced: ":root { letter-spacing: .06em; }",
};
/** As large as positions can be. */
const POSITIONS = [["MOSS", "1,000,000,000", "1000000"], ["YHOO", "999,999,999.999", "0.01"]];

const missing = missingCommand("chromium");

/** What sticks out of the page, of a card, or of its own box. Runs in the browser. */
const LOOK = `(() => {
  const found = new Set();
  const name = (e) => e.tagName.toLowerCase() + [...e.classList].map((c) => "." + c).join("");
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) found.add("the page");
  const boxes = ".card, fieldset, .making, .banner, .notice, header, main";
  for (const box of document.querySelectorAll(boxes)) {
    const frame = box.getBoundingClientRect();
    if (box.scrollWidth > box.clientWidth) found.add(name(box) + " is wider inside");
    for (const inner of box.querySelectorAll("*")) {
      if (inner.closest(".visually-hidden, .skip")) continue;
      const { left, right, width } = inner.getBoundingClientRect();
      if (width > 0 && (right > frame.right + 1 || left < frame.left - 1)) {
        found.add(name(inner) + " sticks out of " + name(box));
      }
    }
  }
  if (document.querySelectorAll("h1").length !== 1) found.add("no heading, or several");
  return [...found];
})()`;

testUnless(
  missing,
  "tables and all else stay in their cards at 320, 768 and 1200 pixels, also in wide fonts",
  async () => {
    const directory = await Deno.makeTempDir({ prefix: "mesh_portal_" });
    const { groups } = parse(await Deno.readTextFile(`${ROOT}/examples/portal/web.json`)) as {
      groups: Record<string, unknown>;
    };
    await using opened = new AsyncDisposableStack();
    opened.defer(() => Deno.remove(directory, { recursive: true }));
    const mesh = opened.use(
      await startMesh({
        services: `${ROOT}/examples/portal/services`,
        site: `${ROOT}/examples/portal/site.tsx`,
        execServers: 2,
        config: { groups, web: { cookie: { issue: true } } },
        env: { PORTAL_DB: `${directory}/portal.db` },
      }),
    );
    const browser: Browser = await chromium.launch({
      executablePath: commandPath("chromium")!,
      args: ["--no-sandbox"],
    });
    opened.defer(() => browser.close());
    const page = await browser.newPage({ bypassCSP: true });
    await page.goto(mesh.url);
    const story = await page.getAttribute('a[href^="/news/"]', "href") ?? "";
    for (const [symbol, shares, cost] of POSITIONS) {
      await page.goto(`${mesh.url}/portfolio`);
      await page.selectOption("select[name=symbol]", symbol!);
      await page.fill("input[name=shares]", shares!);
      await page.fill("input[name=cost]", cost!);
      await Promise.all([page.waitForNavigation(), page.click("text=Save position")]);
    }
    const paths = ["/", "/quotes", "/portfolio", "/portfolio?problem=shares", "/settings", story];
    const faults: string[] = [];
    for (const path of [...paths, "/news/gossip-1"]) {
      await page.goto(mesh.url + path);
      await page.evaluate(
        "document.querySelectorAll('details').forEach((d) => { d.open = true; })",
      );
      for (const [font, css] of Object.entries(FONTS)) {
        const style = await page.addStyleTag({ content: css || "/* its own */" });
        for (const width of WIDTHS) {
          await page.setViewportSize({ width, height: 900 });
          const found = await page.evaluate(LOOK) as string[];
          faults.push(...found.map((fault) => `${path} at ${width}, ${font} font: ${fault}`));
        }
        await style.evaluate("(element) => element.remove()");
      }
    }
    assertEquals(faults, []);
  },
);
