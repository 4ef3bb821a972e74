/** What was called for a browser ends when it leaves, at whatever moment, and only then. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type ClientHttp2Stream, connect } from "node:http2";
import { startMesh, type TestMesh } from "../../testing.ts";
import { ROOT, userProject } from "../support/user_project.ts";
import { Witness } from "../support/witness.ts";

const fixture = (name: string) => Deno.readTextFileSync(`${ROOT}tests/support/fixtures/${name}`);

const PROJECT = {
  "tell.ts": fixture("tell.ts"),
  "site.js": fixture("leaving_site.js"),
  "staying.js": fixture("staying.js"),
};

const BODY = "HTTP/1.1\r\nhost: mesh\r\ncontent-length: 4\r\n\r\nbody";

/** One browser, and what is heard of its calls. */
class Visit implements Disposable {
  readonly #witness: Witness;
  readonly #about: { witness: number; id: string };
  readonly #url: URL;
  #connection: Deno.TcpConn | undefined;
  #read = "";

  constructor(mesh: TestMesh, witness: Witness) {
    this.#witness = witness;
    this.#about = witness.about();
    this.#url = new URL(mesh.url);
  }

  /** A page's address, which says who hears of its calls. */
  path(page: string): string {
    return `${page}?witness=${this.#about.witness}&id=${this.#about.id}`;
  }

  get id(): string {
    return this.#about.id;
  }

  /** Sends the text of requests, all on one connection. */
  async send(text: string): Promise<void> {
    const { hostname, port } = this.#url;
    this.#connection ??= await Deno.connect({ hostname, port: Number(port) });
    await this.#connection.write(new TextEncoder().encode(text));
  }

  /** Asks for a page. */
  get(page: string): Promise<void> {
    return this.send(`GET ${this.path(page)} HTTP/1.1\r\nhost: mesh\r\n\r\n`);
  }

  /** Waits until the answers hold a text, and forgets them up to there. */
  async readUntil(text: string): Promise<void> {
    const bytes = new Uint8Array(65_536);
    while (!this.#read.includes(text)) {
      const count = await this.#connection!.read(bytes);
      assert(count !== null, `the connection ended before ${Deno.inspect(text)}`);
      this.#read += new TextDecoder().decode(bytes.subarray(0, count));
    }
    this.#read = this.#read.slice(this.#read.indexOf(text) + text.length);
  }

  /** Waits for a line. */
  heard(what: string): Promise<void> {
    return this.#witness.heard(`${what} ${this.id}`);
  }

  count(what: string): number {
    return this.#witness.count(`${what} ${this.id}`);
  }

  /** The browser leaves. */
  [Symbol.dispose](): void {
    this.#connection?.close();
    this.#connection = undefined;
  }
}

/** Name → what a browser does before it leaves, and what is heard then. */
const LEAVING: Record<string, [act: (visit: Visit) => Promise<void>, heard: readonly string[]]> = {
  "before the page is there": [async (visit) => {
    await visit.get("/plain");
    await visit.heard("call begun");
  }, ["call CANCELLED The request has been cancelled.", "call left"]],
  "before the page is there, to which it has posted": [async (visit) => {
    await visit.send(`POST ${visit.path("/posted")} ${BODY}`);
    await visit.heard("call begun");
  }, ["call left"]],
  "while the parts of a page are gathered": [async (visit) => {
    await visit.get("/page");
    await visit.heard("call begun");
  }, ["call left", "part CANCELLED"]],
  "in the middle of server-sent events, in silence": [async (visit) => {
    await visit.get("/events");
    await visit.readUntil("data: 1\n\n");
  }, ["stream left"]],
  "in the middle of a body that the site fills from a stream": [async (visit) => {
    await visit.get("/read");
    await visit.readUntil("data: 1\n\n");
  }, ["stream left"]],
  "while a call is under way that was made for the rest of the body": [async (visit) => {
    await visit.get("/late");
    await visit.readUntil("data: first\n\n");
    await visit.heard("call begun");
  }, ["call CANCELLED The request has been cancelled.", "call left"]],
  "while a call is under way beside the body": [async (visit) => {
    await visit.get("/beside");
    await visit.readUntil("data: first\n\n");
    await visit.heard("call begun");
  }, ["call CANCELLED The request has been cancelled.", "call left"]],
  "when it has long stopped to read": [async (visit) => {
    await visit.get("/flood");
    await visit.readUntil("\r\n\r\n");
  }, ["stream left"]],
  "after another page on the same connection": [async (visit) => {
    await visit.get("/now");
    await visit.readUntil("now");
    await visit.get("/plain");
    await visit.heard("call begun");
  }, ["call left"]],
};

Deno.test("what was called for a browser ends when it leaves", async (t) => {
  await using project = await userProject(PROJECT);
  await using witness = new Witness();
  await using mesh = await startMesh({
    services: project.path("staying.js"),
    site: project.path("site.js"),
  });
  const step = (name: string, fn: (visit: Visit) => Promise<void>) =>
    t.step({
      name,
      fn: async () => {
        using visit = new Visit(mesh, witness);
        await fn(visit);
      },
      sanitizeOps: false,
      sanitizeResources: false,
    });

  await step("and requests are not asked for their signals before", async (visit) => {
    for (let i = 0; i < 5; i++) {
      await visit.get("/asked");
      await visit.readUntil("\r\n\r\n0");
    }
  });

  for (const [name, [act, heard]] of Object.entries(LEAVING)) {
    await step(name, async (visit) => {
      await act(visit);
      visit[Symbol.dispose]();
      for (const line of heard) await visit.heard(line);
    });
  }

  await step("when it is killed", async (visit) => {
    const { hostname, port } = new URL(mesh.url);
    const script = `exec 3<>/dev/tcp/${hostname}/${port}; printf '%s' "$0" >&3; exec sleep 600`;
    await using browser = new Deno.Command("bash", {
      args: ["-c", script, `GET ${visit.path("/flood")} HTTP/1.1\r\nhost: mesh\r\n\r\n`],
      stdin: "null",
    }).spawn();
    await visit.heard("stream begun");
    browser.kill("SIGKILL");
    await visit.heard("stream left");
  });

  await step(
    "and not when another one leaves",
    async (visit) => {
      using other = new Visit(mesh, witness);
      await other.get("/plain");
      await other.heard("call begun");
      await visit.get("/plain");
      await visit.heard("call begun");
      other[Symbol.dispose]();
      await other.heard("call left");
      assertEquals(visit.count("call left"), 0);
    },
  );

  await step("and pages that it asked for in one go are all answered", async (visit) => {
    await visit.send(`GET ${visit.path("/now")} HTTP/1.1\r\nhost: mesh\r\n\r\n`.repeat(20));
    for (let i = 0; i < 20; i++) await visit.readUntil("\r\n\r\nnow");
    await visit.send(
      `GET ${visit.path("/now")} HTTP/1.1\r\nhost: mesh\r\n\r\n` +
        `GET ${visit.path("/plain")} HTTP/1.1\r\nhost: mesh\r\n\r\n`,
    );
    await visit.readUntil("\r\n\r\nnow");
    await visit.heard("call begun");
    visit[Symbol.dispose]();
    await visit.heard("call left");
  });

  for (const page of ["/plain", "/page", "/events", "/late", "/beside"]) {
    await step(`and with HTTP/2 the stream counts, not the connection: ${page}`, async (visit) => {
      const session = connect(mesh.url);
      try {
        const [stream, other] = [visit, new Visit(mesh, witness)].map((each) =>
          session.request({ ":path": each.path(page) }).on("error", () => {})
        ) as [ClientHttp2Stream, ClientHttp2Stream];
        const what = page === "/events" ? "stream" : "call";
        await visit.heard(`${what} begun`);
        stream.close(8); // CANCEL
        await visit.heard(`${what} left`);
        assertEquals(other.closed, false);
      } finally {
        session.destroy();
      }
    });
  }

  await step("and that is no uncaught error", async () => {
    assert(!mesh.log().includes("uncaught"), mesh.log());
    assertStringIncludes(await (await fetch(`${mesh.url}/now`)).text(), "now");
  });
});
