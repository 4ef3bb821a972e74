/**
 * A web process's HTTP side: browser requests in, the site's `fetch`, responses out.
 *
 * @module
 */
import { getterOf } from "../boundary/getter.ts";
import type { CookieConfig } from "../config/types.ts";
import { ask } from "../boundary/user_code.ts";
import type { MeshClient } from "../client/mesh_client.ts";
import type { Site } from "../client/types.ts";
import { UNDER_WAY_NAMED_MAX } from "../limits.ts";
import type { Logger } from "../observe/log.ts";
import { exitAfterLog } from "../observe/process_log.ts";
import { Browser } from "./browser.ts";
import { mayCarryIdentity } from "./cookie_policy.ts";
import { closing, Leaving } from "./leaving.ts";
import { RequestEnv } from "./request_env.ts";
import type { SocketUpgrades } from "./socket_upgrades.ts";
import { issueUser } from "./user_cookie.ts";

/** What a web process serves, and where. */
export interface WebServerOptions {
  readonly hostname: string;
  readonly port: number;
  readonly cookie: CookieConfig;
}

// A request is the site's, which may have put something else in their place.
const methodOf = getterOf(Request.prototype, "method");
const urlOf = getterOf(Request.prototype, "url");

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
 * @param root For the calls of its requests.
 * @param options Where, and how users are known.
 * @param log The process's log.
 * @param upgrades Tells of requests that become WebSockets.
 * @returns What is served; `leave()` lets requests under way finish.
 * @throws {Deno.errors.AddrInUse} When the address is taken.
 */
export function serveSite(
  site: Site,
  root: MeshClient,
  options: WebServerOptions,
  log: Logger,
  upgrades: SocketUpgrades,
): ServedSite {
  const { cookie } = options;
  const requests = new Map<Request, Browser>();
  upgrades.find = (request) => requests.get(request as Request);
  const answer = async (request: Request, browser: Browser) => {
    const env = new RequestEnv(browser, root, cookie);
    const response = await ask(() => site.fetch(request, env)) as Response;
    browser.answered(response, upgrades.unclaimed.get(response));
    // A response of another kind of `Response` than ours (101, or a foreign copy) is left alone.
    if (!cookie.issue || env.user !== null || !(response instanceof Response)) return response;
    return mayCarryIdentity(response, cookie.name) ? issueUser(response, cookie) : response;
  };
  const logFailure = (error: unknown) =>
    log.error("the site failed to answer a request", { error });
  const leaving = new Leaving();
  const onError = (error: unknown) => {
    logFailure(error);
    const response = new Response("Internal Server Error\n", { status: 500 });
    return leaving.begun ? closing(response) : response;
  };
  const handle = async (request: Request, info: Deno.ServeHandlerInfo<Deno.NetAddr>) => {
    const browser = new Browser(request, info);
    requests.set(request, browser);
    try {
      const response = await answer(request, browser);
      return leaving.begun ? closing(response) : response;
    } catch (error) {
      const response = browser.failed();
      if (response === undefined) throw error;
      logFailure(error);
      return response;
    } finally {
      requests.delete(request);
    }
  };
  const { hostname } = options;
  const listen = (port: number) => {
    const onListen = () => {};
    const server = Deno.serve({ hostname, port, reusePort: true, onListen, onError }, handle);
    const ended = (error?: unknown) => {
      if (leaving.begun) return;
      // The platform does so when a request is upgraded, by ways that we do not see, and answered otherwise.
      log.error("the HTTP server ended by itself: it is started again", { error });
      current = listen(server.addr.port);
    };
    server.finished.then(() => ended(), ended).catch((error) => {
      log.error("the HTTP server could not be started again", { error });
      void exitAfterLog(1);
    });
    return server;
  };
  let current = listen(options.port);
  return {
    underWay: () =>
      [...requests.keys()].slice(0, UNDER_WAY_NAMED_MAX).map((request) =>
        `${methodOf.call(request)} ${new URL(urlOf.call(request)).pathname}`
      ),
    leave: (lingerMs) => leaving.leave(current, lingerMs),
  };
}
