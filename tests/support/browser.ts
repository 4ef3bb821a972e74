/**
 * For tests of sites: a browser without script.
 *
 * @module
 */

/** It keeps cookies and says where its forms come from. Every request is a connection of its own. */
export class Browser {
  readonly #url: string;
  /** Name → value. */
  readonly cookies = new Map<string, string>();

  /** @param url The site's origin; no slash at its end. */
  constructor(url: string) {
    this.#url = url;
  }

  /** Fetches a page; redirections are not followed. */
  async open(path: string, init: RequestInit = {}): Promise<{ response: Response; text: string }> {
    using client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
    const headers = new Headers(init.headers);
    const cookies = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    if (cookies !== "") headers.set("cookie", cookies);
    const response = await fetch(this.#url + path, {
      ...init,
      headers,
      client,
      redirect: "manual",
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      this.cookies.set(name, value);
    }
    return { response, text: await response.text() };
  }

  /** Sends a form of a page, as the browser does when a button is pressed. */
  async send(
    path: string,
    fields: readonly (readonly [string, string])[],
    origin = this.#url,
  ): Promise<Response> {
    const body = new URLSearchParams(fields.map(([name, value]) => [name, value]));
    const { response } = await this.open(path, { method: "POST", body, headers: { origin } });
    return response;
  }
}
