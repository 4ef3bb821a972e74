/**
 * For tests: a web and an exec server whose processes tell what their heaps have cost.
 *
 * @module
 */
import { fromFileUrl } from "@std/path";
import { until } from "../chaos/support/servers.ts";
import { Fleet } from "./fleet.ts";
import type { FleetServer } from "./fleet_server.ts";
import type { HeapReport } from "./heap_report.ts";

/** Each process, by its role. */
export interface Heaps {
  readonly "web worker": HeapReport;
  readonly "exec worker": HeapReport;
  readonly "web proxy": HeapReport;
  readonly "exec proxy": HeapReport;
}

const REPORT = new URL("./heap_report.ts", import.meta.url);
const SERVICE = `
import { heapReport } from "${REPORT}";
const reply = new Uint8Array(1_024);
export const bytes = () => reply;
export const heap = () => heapReport();
`;
const SITE = `
import { heapReport } from "${REPORT}";
const input = new Uint8Array(256);
export default {
  async fetch(request, { mesh }) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/heap") {
      return Response.json({ web: heapReport(), exec: await mesh.call("plain.heap") });
    }
    let left = Number(searchParams.get("calls"));
    const loop = async () => {
      while (left-- > 0) {
        const reply = await mesh.call("plain.bytes", input);
        if (reply.length !== 1_024) throw new Error("not the reply");
      }
    };
    await Promise.all(Array.from({ length: Number(searchParams.get("inFlight")) }, loop));
    return new Response("done");
  },
};
`;

/** As a server's processes have it, and `gc` beside it. */
const WORKER_FLAGS = "--expose-gc,--max-semi-space-size=2";
const PROXY_FLAGS = "--v8-flags=--optimize-for-size";

/** Two real servers, and calls from the one to the other. */
export class HeapFleet implements AsyncDisposable {
  readonly #fleet: Fleet;
  readonly #web: FleetServer;
  readonly #exec: FleetServer;

  private constructor(fleet: Fleet, web: FleetServer, exec: FleetServer) {
    this.#fleet = fleet;
    this.#web = web;
    this.#exec = exec;
  }

  /** Starts it. */
  static async start(): Promise<HeapFleet> {
    const path = (name: string) => fromFileUrl(new URL(name, import.meta.url));
    const within = [
      ...["env", `DENO_V8_FLAGS=${WORKER_FLAGS}`],
      ...[Deno.execPath(), "run", "-A", "--no-prompt", "--unstable-net", PROXY_FLAGS],
      ...["--config", path("../../deno.json"), path("./heap_main.ts")],
    ];
    await using stack = new AsyncDisposableStack();
    const fleet = stack.use(await Fleet.open({ "services/plain.js": SERVICE, "site.js": SITE }));
    const [exec] = await fleet.start([fleet.exec("exec")], within);
    const [web] = await fleet.start([fleet.web("web", [exec!.link], {})], within);
    await until("the web worker reaches the exec worker", async () => {
      const { ok, body } = await fetch(`${web!.url}/heap`);
      await body?.cancel();
      return ok;
    });
    stack.move();
    return new HeapFleet(fleet, web!, exec!);
  }

  /**
   * Makes calls from the web worker to the exec worker: 256 bytes of input, replies of 1 KiB.
   *
   * @param calls How many.
   * @param inFlight How many at a time.
   */
  async call(calls: number, inFlight: number): Promise<void> {
    const response = await fetch(`${this.#web.url}/calls?calls=${calls}&inFlight=${inFlight}`);
    const text = await response.text();
    if (!response.ok) throw new Error(`calls failed: ${text}; ${this.#fleet.log()}`);
  }

  /** What the heaps have cost. */
  async heaps(): Promise<Heaps> {
    const response = await fetch(`${this.#web.url}/heap`);
    const { web, exec }: { web: HeapReport; exec: HeapReport } = await response.json();
    return {
      "web worker": web,
      "exec worker": exec,
      "web proxy": await reportOf(this.#web),
      "exec proxy": await reportOf(this.#exec),
    };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#fleet[Symbol.asyncDispose]();
  }
}

async function reportOf(server: FleetServer): Promise<HeapReport> {
  const from = server.log.length;
  server.signal("SIGUSR2");
  const told = await until(
    `${server.name} tells of its heap`,
    () => /^heap (.*)\n/m.exec(server.log.slice(from))?.[1],
  );
  return JSON.parse(told);
}
