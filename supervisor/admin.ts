/**
 * Status and health over HTTP: on a Unix socket in the runtime directory, and over TCP where configured.
 *
 * @module
 */
import type { Address } from "../config/types.ts";
import { MeshError } from "../errors.ts";

/** What the admin pages show. */
export interface AdminSource {
  /** Body of `/status`. */
  status(): unknown;
  /** Whether the server takes calls. */
  healthy(): boolean;
}

/** Serves the admin pages. */
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
    this.#servers.push(Deno.serve({ path, onListen: () => {} }, this.#answer));
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
      const server = Deno.serve({ ...address, onListen: () => {} }, this.#answer);
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

  readonly #answer = (request: Request): Response => {
    const { pathname } = new URL(request.url);
    if (request.method !== "GET") return new Response("only GET is answered\n", { status: 405 });
    if (pathname === "/status") return Response.json(this.#source.status());
    if (pathname === "/healthz") {
      const healthy = this.#source.healthy();
      return new Response(healthy ? "ok\n" : "draining\n", { status: healthy ? 200 : 503 });
    }
    return new Response("there are /status and /healthz\n", { status: 404 });
  };
}
