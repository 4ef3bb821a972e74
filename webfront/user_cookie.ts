/**
 * Who the user is: the identity in a cookie.
 *
 * @module
 */
import { IDENTITY_MAX_CHARS } from "../limits.ts";
import { reached } from "../limits/reached.ts";
import type { CookieConfig } from "../config/types.ts";
import { getCookies, setCookie } from "../deps/cookie.ts";
import { keepPrivate } from "./cookie_policy.ts";

/**
 * The identity that a request's cookie names.
 *
 * @returns `null` when there is no such cookie, or its value cannot be an identity.
 */
export function readUser(headers: Headers, settings: CookieConfig): string | null {
  const header = headers.get("cookie");
  if (header === null) return null;
  // Other pages of the same host may have set cookies without a name, at which the parser gives up.
  const named = header.split(";").filter((pair) => /^\s*[^=\s]/.test(pair)).join(";");
  if (named === "") return null;
  const value = getCookies(new Headers({ cookie: named }))[settings.name];
  if (value === undefined || value === "") return null;
  if (value.length <= IDENTITY_MAX_CHARS) return value;
  reached("IDENTITY_MAX_CHARS");
  return null;
}

/**
 * Gives a browser an identity: 128 random bits, in a cookie that scripts cannot read.
 *
 * @param response The response to its request; `mayCarryIdentity` has to hold.
 * @returns A copy with the cookie, which shared caches may not keep.
 */
export function issueUser(response: Response, settings: CookieConfig): Response {
  const headers = new Headers(response.headers);
  setCookie(headers, {
    name: settings.name,
    value: crypto.randomUUID().replaceAll("-", ""),
    maxAge: settings.maxAgeDays * 86_400,
    httpOnly: true,
    secure: settings.secure,
    sameSite: "Lax",
    path: "/",
  });
  keepPrivate(headers);
  return new Response(response.body, {
    status: response.status,
    statusText: response.statusText,
    headers,
  });
}
