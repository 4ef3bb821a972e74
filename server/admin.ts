/**
 * Status and health over HTTP: on a Unix socket in the runtime directory, and over TCP where configured.
 *
 * @module
 */
import { delay } from "@std/async/delay";
import { dirname, join } from "@std/path";
import { type Address, formatAddress } from "../address.ts";
import { textOf } from "../boundary/text.ts";
import { MeshError } from "../errors.ts";
import { LISTEN_AGAIN_MS } from "../limits.ts";
import type { Logger } from "../observe/log.ts";
import type { LoggedDecision } from "../proxy/switchboard/decision_log.ts";
import type { ExplainFacts, Explanation } from "../routing/types.ts";
import type { ReloadReport } from "./reload.ts";
import type { Status } from "./status.ts";
import { fileId, removeDeadSocket, removeIfSame } from "./own_files.ts";

/** The answer to `/drain`. */
export interface DrainReport {
  /** The server's name. */
  readonly name: string;
  /** Its process, which ends. */
  readonly pid: number;
  /** Time its calls have, in ms. */
  readonly drainMs: number;
}

/** What the admin pages show. */
export interface AdminSource {
  /** Body of `/status`. */
  status(): Status;
  /** Whether the server takes calls. */
  healthy(): boolean;
  /** How a call would be decided now; see {@linkcode ExplainFacts}. */
  explain(service: string, key: string | undefined, facts: ExplainFacts): Explanation;
  /** Where the calls of a request went. */
  decisions(requestId: string): readonly LoggedDecision[];
  /** Reads the configuration again; settles with what has changed. */
  reload(): Promise<ReloadReport>;
  /** Begins to drain. */
  drain(): DrainReport;
}

/** Serves the admin pages; what changes the server is to be had on the Unix socket alone. */
export class AdminServer implements AsyncDisposable {
  readonly #source: AdminSource;
  readonly #servers: Deno.HttpServer[] = [];
  #unix: { path: string; id: string | undefined; server: Deno.HttpServer } | undefined;

  readonly #log: Logger;
  #closing = false;

  /**
   * @param source What the pages show.
   * @param log The server's log.
   */
  constructor(source: AdminSource, log: Logger) {
    this.#source = source;
    this.#log = log;
  }

  /**
   * Serves on a Unix socket; one that a dead server left there is replaced.
   *
   * @throws {MeshError} `PERMISSION_DENIED` when something else lies there, `UNAVAILABLE` when somebody listens.
   */
  async listenUnix(path: string): Promise<void> {
    await removeDeadSocket(path);
    // Bound under a name of its own, since Deno removes what has that name when the server ends, whoever made it.
    // A link never takes the place of another file.
    const bound = join(dirname(path), `.${crypto.randomUUID().slice(0, 8)}`);
    const server = Deno.serve({ path: bound, onListen: () => {} }, this.#answerOwner);
    this.#keep(server, () => this.listenUnix(path));
    try {
      Deno.chmodSync(bound, 0o600);
      Deno.linkSync(bound, path);
      Deno.removeSync(bound);
    } catch (error) {
      await server.shutdown();
      throw error;
    }
    this.#unix = { path, id: fileId(path), server };
  }

  /**
   * Serves on the Unix socket anew when its file is gone; requests under way are answered.
   *
   * @returns `false`: it is there.
   * @throws {MeshError} As `listenUnix()` does.
   */
  async listenUnixAgain(): Promise<boolean> {
    const old = this.#unix;
    if (old === undefined || fileId(old.path) === old.id) return false;
    await this.listenUnix(old.path);
    this.#servers.push(old.server);
    void old.server.shutdown();
    return true;
  }

  /**
   * Serves over TCP.
   *
   * @returns The address, with its real port.
   * @throws {MeshError} `UNAVAILABLE` when the address is taken.
   */
  listenTcp(address: Address): Deno.NetAddr {
    try {
      const server = Deno.serve(
        { ...address, onListen: () => {} },
        (request) => this.#answer(request),
      );
      this.#servers.push(server);
      const { hostname, port } = server.addr;
      this.#keep(server, () => this.listenTcp({ hostname, port }));
      return server.addr;
    } catch (cause) {
      const reason = textOf(cause);
      throw new MeshError(
        "UNAVAILABLE",
        `cannot listen on ${formatAddress(address)} (admin): ${reason}`,
        { cause },
      );
    }
  }

  /** A server that cannot accept for a moment, since there are no file descriptors, must not be gone for good. */
  #keep(server: Deno.HttpServer, again: () => unknown): void {
    server.finished.catch(async (error) => {
      while (!this.#closing) {
        this.#log.warn("the admin pages are not served for a moment", { why: textOf(error) });
        await delay(LISTEN_AGAIN_MS);
        if (this.#closing) return;
        try {
          return await again();
        } catch (cause) {
          error = cause;
        }
      }
    });
  }

  /** Stops serving. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = true;
    const unix = this.#unix;
    if (unix?.id !== undefined) removeIfSame(unix.path, unix.id);
    const servers = unix === undefined ? this.#servers : [...this.#servers, unix.server];
    // One that has failed is down already.
    await Promise.allSettled(servers.map((server) => server.shutdown()));
  }

  /** Who may open the socket owns the server. */
  readonly #answerOwner = async (request: Request): Promise<Response> => {
    const { pathname } = new URL(request.url);
    if (request.method !== "POST") return this.#answer(request);
    if (pathname === "/drain") return Response.json(this.#source.drain());
    if (pathname === "/reload") {
      try {
        return Response.json(await this.#source.reload());
      } catch (error) {
        const message = textOf(error);
        return new Response(`${message}\n`, { status: 422 });
      }
    }
    return this.#answer(request);
  };

  #answer(request: Request): Response {
    const { pathname, searchParams } = new URL(request.url);
    if (request.method !== "GET") return new Response("only GET is answered\n", { status: 405 });
    switch (pathname) {
      case "/status":
        return Response.json(this.#source.status());
      case "/healthz": {
        const healthy = this.#source.healthy();
        return new Response(healthy ? "ok\n" : "draining\n", { status: healthy ? 200 : 503 });
      }
      case "/why": {
        const request = searchParams.get("request");
        if (request !== null) return Response.json(this.#source.decisions(request));
        const service = searchParams.get("service");
        if (service === null) return new Response("name a service or a request\n", { status: 400 });
        const [key, owner, handler] = ["key", "owner", "handler"].map((name) =>
          searchParams.get(name) ?? undefined
        );
        return Response.json(this.#source.explain(service, key, { owner, handler }));
      }
      default:
        return new Response("there are /status, /healthz and /why\n", { status: 404 });
    }
  }
}
