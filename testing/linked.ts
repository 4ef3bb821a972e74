/**
 * Waiting until a server has links to the others.
 *
 * @module
 */
import { request } from "node:http";
import { MeshError } from "../errors.ts";

/** Pause between two looks, in ms. */
const LOOK_MS = 20;

/**
 * Waits until a server is linked to so many others.
 *
 * @param runtimeDir The server's runtime directory.
 * @param count How many.
 * @param atMostMs How long to wait, in ms.
 * @throws {MeshError} `UNAVAILABLE` when it takes longer.
 */
export async function waitUntilLinked(
  runtimeDir: string,
  count: number,
  atMostMs: number,
): Promise<void> {
  const deadlineMs = performance.now() + atMostMs;
  for (;;) {
    const links = await linkStates(`${runtimeDir}/admin.sock`);
    if (links.filter((state) => state === "connected").length >= count) return;
    if (performance.now() > deadlineMs) {
      throw new MeshError(
        "UNAVAILABLE",
        `the server in ${runtimeDir} has not reached its ${count} peers within ${atMostMs} ms: ` +
          `its links are ${links.join(", ")}`,
        { started: false },
      );
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

function linkStates(socketPath: string): Promise<string[]> {
  return new Promise((resolve, reject) => {
    request({ socketPath, path: "/status", agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => text += chunk);
      response.on("error", reject);
      response.on("end", () => {
        const { links } = JSON.parse(text) as { links: { state: string }[] };
        resolve(links.map(({ state }) => state));
      });
    }).on("error", reject).end();
  });
}
