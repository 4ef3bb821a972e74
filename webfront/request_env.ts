/**
 * What a site gets as `env` of one browser request.
 *
 * @module
 */
import type { CookieConfig } from "../config/types.ts";
import type { MeshClient } from "../client/mesh_client.ts";
import type { Mesh, SiteEnv } from "../client/types.ts";
import { traceparentFromText } from "../wire/traceparent.ts";
import type { Browser } from "./browser.ts";
import { readUser } from "./user_cookie.ts";

/** Its parts are made when first asked for. */
export class RequestEnv implements SiteEnv {
  readonly remoteAddr: SiteEnv["remoteAddr"];
  /** Settles when the response has been delivered, as in `deno serve`. */
  readonly completed: Promise<void>;
  readonly #browser: Browser;
  readonly #root: MeshClient;
  readonly #cookie: CookieConfig;
  #user: string | null | undefined;
  #mesh: Mesh | undefined;

  /**
   * @param browser Where it comes from.
   * @param root The way to the services.
   * @param cookie How users are known.
   */
  constructor(browser: Browser, root: MeshClient, cookie: CookieConfig) {
    this.remoteAddr = browser.remoteAddr;
    this.completed = browser.completed;
    this.#browser = browser;
    this.#root = root;
    this.#cookie = cookie;
  }

  get user(): string | null {
    return this.#user === undefined
      ? this.#user = readUser(this.#browser.headers, this.#cookie)
      : this.#user;
  }

  get mesh(): Mesh {
    if (this.#mesh === undefined) {
      const trace = this.#browser.headers.get("traceparent");
      this.#mesh = this.#root.within(
        this.#browser.scope({
          user: this.user ?? undefined,
          traceparent: trace === null ? undefined : traceparentFromText(trace),
        }),
      );
    }
    return this.#mesh;
  }
}
