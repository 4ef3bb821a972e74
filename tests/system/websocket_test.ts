/** What was called for a request that became a WebSocket ends with the socket, whoever ends it and however. */
import { delay } from "@std/async/delay";
import { assert, assertEquals } from "@std/assert";
import { startMesh, type TestMesh } from "../../testing.ts";
import { logged } from "../support/call_case.ts";
import { RawSocket, upgradeRequest } from "../support/raw_socket.ts";
import { ROOT, userProject } from "../support/user_project.ts";
import { Witness } from "../support/witness.ts";

const fixture = (name: string) => Deno.readTextFileSync(`${ROOT}tests/support/fixtures/${name}`);

const PROJECT = {
  "package.json": { type: "module", dependencies: { hono: "^4" } },
  "deno.json": { nodeModulesDir: "manual", imports: { "hono": "npm:hono@^4" } },
  "tell.ts": fixture("tell.ts"),
  "site.js": fixture("socket_site.js"),
  "staying.js": fixture("staying.js"),
};

/** One socket, and what is heard of it. */
interface Visit {
  readonly mesh: TestMesh;
  readonly witness: Witness;
  readonly id: string;
  /** What the site is asked for, with a treatment's name as its path. */
  path(treatment: string): string;
  /** Waits for a line. */
  heard(what: string): Promise<void>;
}

function visit(mesh: TestMesh, witness: Witness): Visit {
  const { witness: port, id } = witness.about();
  return {
    mesh,
    witness,
    id,
    path: (treatment) => `${treatment}?witness=${port}&id=${id}`,
    heard: (what) => witness.heard(`${what} ${id}`),
  };
}

async function opened({ mesh: { url }, path }: Visit, treatment: string): Promise<RawSocket> {
  const socket = await RawSocket.ask(url, path(treatment));
  await socket.readUntil(" 101 Switching Protocols\r\n");
  return socket;
}

async function bothBegun({ heard }: Visit): Promise<void> {
  await heard("call begun");
  await heard("stream begun");
}

/** The handlers in the exec process have seen it, and the site has. */
async function bothEnded({ heard }: Visit, why = "the WebSocket was closed"): Promise<void> {
  await heard(`call CANCELLED ${why}`);
  await heard("stream CANCELLED");
  await heard("call left");
  await heard("stream left");
}

/** Name of the behaviour → what happens to a socket whose calls are under way. */
const ENDS: Record<string, [treatment: string, end: (socket: RawSocket) => unknown]> = {
  "its browser closes it": ["/plain", (socket) => socket.close()],
  "its browser's connection ends without a word": ["/plain", (socket) => socket[Symbol.dispose]()],
  "its browser breaks the protocol": ["/plain", (socket) => socket.babble()],
  "its site closes it and the browser agrees": ["/closes", async (socket) => {
    await socket.readUntil("\x88");
    await socket.close();
  }],
  "its site closes it and the browser never answers": ["/closes", () => {}],
  "its site has replaced all that it could": ["/replaces", (socket) => socket.close()],
  "its site's handlers throw, and stop the event": [
    "/throws-in-handlers",
    (socket) => socket.close(),
  ],
  "a library upgraded it": ["/hono", (socket) => socket.close()],
  "something around its request was upgraded": ["/wrapped", (socket) => socket.close()],
  "it was upgraded twice": ["/twice", (socket) => socket.close()],
  "its response came late": ["/late-answer", (socket) => socket[Symbol.dispose]()],
};

Deno.test("what was called for a request ends with its WebSocket", async (t) => {
  await using project = await userProject(PROJECT, ["hono"]);
  await using witness = new Witness();
  await using mesh = await startMesh({
    services: project.path("staying.js"),
    site: project.path("site.js"),
    config: { web: { onUncaught: "continue" } },
  });
  const pid = await (await fetch(`${mesh.url}/page`)).text();
  const step = (name: string, fn: (visit: Visit) => Promise<void>) =>
    t.step({
      name,
      fn: () => fn(visit(mesh, witness)),
      sanitizeOps: false,
      sanitizeResources: false,
    });

  for (const [name, [treatment, end]] of Object.entries(ENDS)) {
    await step(`when ${name}`, async (visit) => {
      using socket = await opened(visit, treatment);
      await bothBegun(visit);
      await end(socket);
      await bothEnded(visit);
      if (treatment === "/plain") await visit.heard("later CANCELLED false");
      if (treatment === "/twice") await visit.heard("refused Already upgraded");
    });
  }

  await step("when its browser is killed", async (visit) => {
    const { hostname, port } = new URL(mesh.url);
    const script =
      `exec 3<>/dev/tcp/${hostname}/${port}; printf '%s' "$0" >&3; read -r line <&3; ` +
      "exec sleep 600";
    await using browser = new Deno.Command("bash", {
      args: ["-c", script, upgradeRequest(visit.path("/plain"))],
      stdin: "null",
    }).spawn();
    await bothBegun(visit);
    browser.kill("SIGKILL");
    await bothEnded(visit);
  });

  await step("and not with another one of the same process", async (visit) => {
    using staying = await opened(visit, "/plain");
    await bothBegun(visit);
    const other = visitOf(visit);
    using leaving = await opened(other, "/plain");
    await bothBegun(other);
    await leaving.close();
    await bothEnded(other);
    assertEquals(witness.count(`call left ${visit.id}`), 0);
    await staying.close();
    await bothEnded(visit);
  });

  await step("and not when the site only pretends that it is closed", async (visit) => {
    using socket = await opened(visit, "/pretends");
    await bothBegun(visit);
    await visit.heard("later answered");
    await socket.close();
    await bothEnded(visit);
  });

  await step("also when it never opens, since its browser has left", async (visit) => {
    const socket = await RawSocket.ask(mesh.url, visit.path("/never-answers"));
    await bothBegun(visit);
    socket[Symbol.dispose]();
    await bothEnded(visit, "The request has been cancelled.");
  });

  await step(
    "also when it never opens, since a copy of the request was upgraded",
    async (visit) => {
      using _socket = await opened(visit, "/copy");
      await visit.heard(
        "call CANCELLED another request than its own was upgraded to a WebSocket, such as a copy of it",
      );
      await visit.heard("stream CANCELLED");
    },
  );

  for (const treatment of ["/fails", "/answers-otherwise", "/saved"]) {
    await step(`also when its site fails after the upgrade: ${treatment}`, async (visit) => {
      if (treatment === "/saved") {
        using first = await opened(visit, treatment);
        await bothBegun(visit);
        await first.close();
      }
      using socket = await opened(visit, treatment);
      await socket.readUntil("\x03\xf3"); // closed with 1011
      await socket.close();
      await visit.heard("call CANCELLED the WebSocket was closed");
      await visit.heard("stream CANCELLED");
      await logged(mesh, "the site failed to answer a request");
      await serves(mesh, pid);
    });
  }

  await step("and what the platform ends for it is started again", async (visit) => {
    const again = "the HTTP server ended by itself";
    for (let i = 1; i <= 3; i++) {
      using _socket = await RawSocket.ask(mesh.url, visit.path("/wrapped-fails"));
      await loggedTimes(mesh, again, i);
      await serves(mesh, pid);
    }
  });
});

/** Waits until a text was logged so many times. */
async function loggedTimes(mesh: TestMesh, text: string, times: number): Promise<void> {
  for (let i = 0; mesh.log().split(text).length <= times; i++) {
    assert(i < 2_000, `not ${times} times in the log: "${text}"`);
    await delay(5);
  }
}

/** 20 ordinary pages are answered, by the process that it was from the first. */
async function serves({ url }: TestMesh, pid: string): Promise<void> {
  for (let i = 0; i < 20; i++) assertEquals(await (await fetch(`${url}/page`)).text(), pid);
}

/** Another one beside it. */
function visitOf({ mesh, witness }: Visit): Visit {
  return visit(mesh, witness);
}
