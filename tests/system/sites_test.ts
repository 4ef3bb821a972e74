/** Sites of every make, unchanged, in projects of their own outside this repository. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { startMesh, type TestMesh } from "../../testing.ts";
import { logged } from "../support/call_case.ts";
import { userProject } from "../support/user_project.ts";

const GREETINGS = `
export const hello = ({ name }) => ({ text: "Hello, " + name + "!" });
export async function* letters(word) { for (const letter of word) yield letter; }
`;

/** What a Hono user has: an import map, npm packages, and JSX of his own. */
const HONO_PROJECT = {
  "package.json": { type: "module", dependencies: { hono: "^4" } },
  "deno.json": {
    nodeModulesDir: "manual",
    imports: { "hono": "npm:hono@^4", "#parts/": "./parts/" },
    compilerOptions: { jsx: "react-jsx", jsxImportSource: "hono/jsx" },
  },
  "parts/layout.tsx": `
    import type { PropsWithChildren } from "hono/jsx";
    export const Layout = ({ title, children }: PropsWithChildren<{ title: string }>) => (
      <html><head><title>{title}</title></head><body>{children}</body></html>
    );`,
  "app/site.tsx": `
    import { Hono } from "hono";
    import { getCookie, setCookie } from "hono/cookie";
    import { logger } from "hono/logger";
    import { streamText } from "hono/streaming";
    import { Layout } from "#parts/layout.tsx";
    import type { SiteEnv } from "mesh";
    import type * as greetings from "../services/greetings.js";

    const app = new Hono<{ Bindings: SiteEnv }>();
    app.use(logger());
    app.get("/", async (c) => {
      const name = c.req.query("name") ?? "nobody";
      const { text } = await c.env.mesh.service<typeof greetings>("greetings").hello({ name });
      return c.html(<Layout title="Greeting"><p>{text}</p></Layout>);
    });
    app.get("/letters", (c) => streamText(c, async (out) => {
      for await (const letter of c.env.mesh.call<string>("greetings.letters", "abc")) await out.write(letter);
    }));
    app.post("/size", async (c) => c.json({ bytes: (await c.req.arrayBuffer()).byteLength }));
    app.get("/visits", (c) => {
      const visits = Number(getCookie(c, "visits") ?? 0) + 1;
      setCookie(c, "visits", String(visits));
      return c.json({ visits, user: c.env.user, remote: c.env.remoteAddr.hostname });
    });
    app.get("/old", (c) => c.redirect("/", 301));
    app.get("/fail", () => { throw new Error("a page fails"); });
    app.get("/pid", (c) => c.text(String(Deno.pid)));
    export default app;`,
  "services/greetings.js": GREETINGS,
};

/** What runs under `deno serve`. */
const PLAIN_PROJECT = {
  "main.ts": `
    let served = 0;
    export default {
      async fetch(request: Request): Promise<Response> {
        const { pathname } = new URL(request.url);
        served++;
        switch (pathname) {
          case "/pid": return new Response(String(Deno.pid));
          case "/echo": return new Response(request.body, { headers: { "x-method": request.method } });
          case "/old": return Response.redirect("http://127.0.0.1/new", 302);
          case "/empty": return new Response(null, { status: 204 });
          case "/fail": throw new Error("a page fails");
          case "/socket": {
            const { socket, response } = Deno.upgradeWebSocket(request);
            socket.onmessage = ({ data }) => socket.send("you said " + data);
            return response;
          }
        }
        return new Response("served " + served);
      },
    } satisfies Deno.ServeDefaultExport;`,
  "services/greetings.js": GREETINGS,
};

/** Answers to so many requests, each on a connection of its own. */
async function answers(url: string, count: number): Promise<string[]> {
  const get = async () => {
    const response = await fetch(url, { headers: { connection: "close" } });
    return await response.text();
  };
  return await Promise.all(Array.from({ length: count }, get));
}

/** The processes that answer: with so many requests the chance of missing one is under 1 in 10^9. */
async function processes({ url }: TestMesh): Promise<number> {
  return new Set(await answers(`${url}/pid`, 100)).size;
}

for (const webProcesses of [1, 4]) {
  const workers = webProcesses === 1 ? "one process" : "four processes";

  Deno.test(`a Hono app of a project with npm packages and JSX of its own is a site: ${workers}`, async () => {
    await using project = await userProject(HONO_PROJECT, ["hono"]);
    await using mesh = await startMesh({
      services: project.path("services"),
      site: project.path("app/site.tsx"),
      webProcesses,
    });
    const { url } = mesh;
    const page = await fetch(`${url}/?name=<Ann>`);
    assertStringIncludes(page.headers.get("content-type")!, "text/html");
    assertEquals(
      await page.text(),
      "<html><head><title>Greeting</title></head><body><p>Hello, &lt;Ann&gt;!</p></body></html>",
    );
    assertEquals(await (await fetch(`${url}/letters`)).text(), "abc");
    const body = new Uint8Array(3_000_000);
    assertEquals(await (await fetch(`${url}/size`, { method: "POST", body })).json(), {
      bytes: 3_000_000,
    });
    const visit = await fetch(`${url}/visits`, { headers: { cookie: "visits=4; mesh_user=ann" } });
    assertStringIncludes(visit.headers.get("set-cookie")!, "visits=5");
    assertEquals(await visit.json(), { visits: 5, user: "ann", remote: "127.0.0.1" });
    const moved = await fetch(`${url}/old`, { redirect: "manual" });
    assertEquals([moved.status, moved.headers.get("location")], [301, "/"]);
    await moved.body?.cancel();
    assertEquals(await status(`${url}/no/such/page`), 404);
    assertEquals(await status(`${url}/fail`), 500);
    assertEquals(await processes(mesh), webProcesses);
    await logged(mesh, "a page fails");
  });

  Deno.test(`a module written for deno serve is a site: ${workers}`, async () => {
    await using project = await userProject(PLAIN_PROJECT);
    await using mesh = await startMesh({
      services: project.path("services"),
      site: project.path("main.ts"),
      webProcesses,
    });
    const { url } = mesh;
    assertMatch(await (await fetch(url)).text(), /^served \d+$/);
    const echo = await fetch(`${url}/echo`, { method: "PUT", body: "ünïcode".repeat(50_000) });
    assertEquals(echo.headers.get("x-method"), "PUT");
    assertEquals((await echo.text()).length, 350_000);
    assertEquals(await status(`${url}/old`), 302);
    assertEquals(await status(`${url}/empty`), 204);
    assertEquals(await status(`${url}/fail`), 500);
    assertEquals(await said(`${url.replace("http", "ws")}/socket`, "hello"), "you said hello");
    assertEquals(await processes(mesh), webProcesses);
  });
}

async function status(url: string): Promise<number> {
  const response = await fetch(url, { redirect: "manual" });
  await response.body?.cancel();
  return response.status;
}

/** What a WebSocket answers. */
async function said(url: string, text: string): Promise<string> {
  const socket = new WebSocket(url);
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const closed = new Promise((resolve) => socket.onclose = resolve);
  socket.onopen = () => socket.send(text);
  socket.onmessage = ({ data }) => resolve(data);
  socket.onerror = () => reject(new Error(`no socket at ${url}`));
  try {
    return await promise;
  } finally {
    socket.close();
    await closed;
  }
}

const USER_SITE = `
const answers = {
  "/moved": () => Response.redirect("http://127.0.0.1/", 302),
  "/style.css": () => new Response("", { headers: { "cache-control": "Public, max-age=31536000" } }),
  "/gone": () => new Response("", { status: 410 }),
};
export default { fetch: (request, env) =>
  answers[new URL(request.url).pathname]?.() ?? Response.json(env.user) };`;

Deno.test("a site that issues identities gives a new browser one cookie, and knows it from then on", async () => {
  await using project = await userProject({ "site.js": USER_SITE, "greetings.js": GREETINGS });
  await using mesh = await startMesh({
    services: project.path("greetings.js"),
    site: project.path("site.js"),
    webProcesses: 2,
    config: { web: { cookie: { name: "who", issue: true, maxAgeDays: 30, secure: true } } },
  });
  const first = await fetch(mesh.url);
  assertEquals(await first.json(), null);
  const cookie = first.headers.get("set-cookie")!;
  const attributes = ["HttpOnly", "Secure", "SameSite=Lax", "Path=/", "Max-Age=2592000"];
  for (const attribute of attributes) assertStringIncludes(cookie, attribute);
  const [, id] = /^who=([0-9a-f]{32});/.exec(cookie) ?? [];
  assert(id !== undefined, cookie);
  const other = await fetch(mesh.url);
  await other.body?.cancel();
  assert(!other.headers.get("set-cookie")!.includes(id), "two browsers got one identity");
  for (let i = 0; i < 8; i++) {
    const again = await fetch(mesh.url, { headers: { cookie: `who=${id}`, connection: "close" } });
    assertEquals([await again.json(), again.headers.get("set-cookie")], [id, null]);
  }
  const moved = await fetch(`${mesh.url}/moved`, { redirect: "manual" });
  await moved.body?.cancel();
  assertStringIncludes(moved.headers.get("set-cookie")!, "who=");
  assertEquals([moved.status, moved.headers.get("cache-control")], [302, "private"]);
  for (const path of ["/style.css", "/gone"]) {
    const kept = await fetch(`${mesh.url}${path}`);
    await kept.body?.cancel();
    assertEquals(kept.headers.get("set-cookie"), null, path);
  }
});

Deno.test("a site's failure is logged with its stack and shows the browser nothing of it", async () => {
  await using project = await userProject({
    "site.js": `export default { fetch() { throw new Error("secret detail"); } };`,
    "greetings.js": GREETINGS,
  });
  await using mesh = await startMesh({
    services: project.path("greetings.js"),
    site: project.path("site.js"),
  });
  const response = await fetch(mesh.url);
  assertEquals([response.status, await response.text()], [500, "Internal Server Error\n"]);
  await logged(mesh, "secret detail");
  await logged(mesh, "site.js:");
});
