/**
 * Status and health over HTTP: on a Unix socket in the runtime directory, and over TCP where configured.
 *
 * @module
 */
import type { Address } from "../config/types.ts";
import { MeshError } from "../errors.ts";

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
  status(): unknown;
  /** Whether the server takes calls. */
  healthy(): boolean;
  /** How a call would be decided now. */
  explain(service: string, key: string | undefined, handler: string | undefined): unknown;
  /** Where the calls of a request went. */
  decisions(requestId: string): unknown;
  /** Reads the configuration again; settles with what has changed. */
  reload(): Promise<unknown>;
  /** Begins to drain. */
  drain(): DrainReport;
}

/** Serves the admin pages; what changes the server is to be had on the Unix socket alone. */
export class AdminServer implements AsyncDisposable {
  readonly #source: AdminSource;
  readonly #servers: Deno.HttpServer[] = [];

  /** @param source What the pages show. */
  constructor(source: AdminSource) {
    this.#source = source;
  }

  /** Serves on a Unix socket; one that a dead server left there is replaced. */
  listenUnix(path: string): void {
    try {
      Deno.removeSync(path);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    this.#servers.push(Deno.serve({ path, onListen: () => {} }, this.#answerOwner));
    Deno.chmodSync(path, 0o600);
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
      return server.addr;
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new MeshError(
        "UNAVAILABLE",
        `cannot listen on ${address.hostname}:${address.port} (admin): ${reason}`,
        { cause },
      );
    }
  }

  /** Stops serving. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.shutdown()));
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
        const message = error instanceof Error ? error.message : String(error);
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
        const key = searchParams.get("key") ?? undefined;
        const handler = searchParams.get("handler") ?? undefined;
        return Response.json(this.#source.explain(service, key, handler));
      }
      default:
        return new Response("there are /status, /healthz and /why\n", { status: 404 });
    }
  }
}
