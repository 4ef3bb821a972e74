/**
 * A web process's HTTP side: browser requests in, the site's `fetch`, responses out.
 *
 * @module
 */
import { ask } from "../boundary/user_code.ts";
import type { Attachment } from "../client/attachment.ts";
import { CallScope } from "../client/call_scope.ts";
import { MeshClient } from "../client/mesh_client.ts";
import type { Mesh, Site, SiteEnv } from "../client/types.ts";
import { UNDER_WAY_NAMED_MAX } from "../limits.ts";
import type { Logger } from "../observe/log.ts";
import { traceparentFromText } from "../wire/traceparent.ts";
import { mayCarryIdentity } from "./cookie_policy.ts";
import { closing, Leaving } from "./leaving.ts";
import { issueUser, readUser, type UserCookieSettings } from "./user_cookie.ts";

/** What a web process serves, and where. */
export interface WebServerOptions {
  readonly hostname: string;
  readonly port: number;
  readonly cookie: UserCookieSettings;
}

/** What one browser request gets as `env`; its parts are made when first asked for. */
class RequestEnv implements SiteEnv {
  readonly remoteAddr: SiteEnv["remoteAddr"];
  /** Settles when the response has been delivered, as in `deno serve`. */
  readonly completed: Promise<void>;
  readonly #request: Request;
  readonly #root: MeshClient;
  readonly #cookie: UserCookieSettings;
  #user: string | null | undefined;
  #mesh: Mesh | undefined;

  constructor(
    request: Request,
    info: Deno.ServeHandlerInfo<Deno.NetAddr>,
    root: MeshClient,
    cookie: UserCookieSettings,
  ) {
    this.#request = request;
    this.remoteAddr = info.remoteAddr;
    this.completed = info.completed;
    this.#root = root;
    this.#cookie = cookie;
  }

  get user(): string | null {
    return this.#user === undefined
      ? this.#user = readUser(this.#request.headers, this.#cookie)
      : this.#user;
  }

  get mesh(): Mesh {
    if (this.#mesh === undefined) {
      const trace = this.#request.headers.get("traceparent");
      this.#mesh = this.#root.within(
        new CallScope({
          signal: this.#request.signal,
          user: this.user ?? undefined,
          traceparent: trace === null ? undefined : traceparentFromText(trace),
        }),
      );
    }
    return this.#mesh;
  }
}

// A request is the site's, which may have put something else in their place.
const methodOf = Object.getOwnPropertyDescriptor(Request.prototype, "method")!.get!;
const urlOf = Object.getOwnPropertyDescriptor(Request.prototype, "url")!.get!;

/** A site that is served. */
export interface ServedSite {
  /** Requests whose response is not there yet, for the log; at most 16 of them. */
  underWay(): string[];
  /** See {@linkcode Leaving.leave}. */
  leave(lingerMs: number): Promise<void>;
}

/**
 * Starts to serve a site.
 *
 * @param site The site.
 * @param attachment The process's place in its server.
 * @param options Where, and how users are known.
 * @param log The process's log.
 * @returns What is served; `leave()` lets requests under way finish.
 * @throws {Deno.errors.AddrInUse} When the address is taken.
 */
export function serveSite(
  site: Site,
  attachment: Attachment,
  options: WebServerOptions,
  log: Logger,
): ServedSite {
  const root = new MeshClient(attachment.calls, attachment.welcome.timeoutMs);
  const { cookie } = options;
  const requests = new Set<Request>();
  const answer = async (request: Request, info: Deno.ServeHandlerInfo<Deno.NetAddr>) => {
    const env = new RequestEnv(request, info, root, cookie);
    const response = await ask(() => site.fetch(request, env)) as Response;
    // A response of another kind of `Response` than ours (101, or a foreign copy) is left alone.
    if (!cookie.issue || env.user !== null || !(response instanceof Response)) return response;
    return mayCarryIdentity(response, cookie.name) ? issueUser(response, cookie) : response;
  };
  const leaving = new Leaving();
  const server = Deno.serve({
    hostname: options.hostname,
    port: options.port,
    reusePort: true,
    onListen: () => {},
    onError: (error) => {
      log.error("the site failed to answer a request", { error });
      const response = new Response("Internal Server Error\n", { status: 500 });
      return leaving.begun ? closing(response) : response;
    },
  }, async (request, info) => {
    requests.add(request);
    try {
      const response = await answer(request, info);
      return leaving.begun ? closing(response) : response;
    } finally {
      requests.delete(request);
    }
  });
  return {
    underWay: () =>
      [...requests].slice(0, UNDER_WAY_NAMED_MAX).map((request) =>
        `${methodOf.call(request)} ${new URL(urlOf.call(request)).pathname}`
      ),
    leave: (lingerMs) => leaving.leave(server, lingerMs),
  };
}
