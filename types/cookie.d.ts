// The signatures of @std/http/cookie that we use; the npm build of the standard library ships no types.

/** A cookie as it goes into a `Set-Cookie` header. */
export interface Cookie {
  /** Name, without `=`. */
  name: string;
  /** Value: printable US-ASCII without spaces, `"`, `,`, `;` and `\`. */
  value: string;
  /** When the browser forgets it: a date, or milliseconds since the epoch. */
  expires?: Date | number;
  /** After how many seconds the browser forgets it. */
  maxAge?: number;
  /** Hosts it is sent to. */
  domain?: string;
  /** Paths it is sent to. */
  path?: string;
  /** Only sent over TLS. */
  secure?: boolean;
  /** Hidden from scripts of the page. */
  httpOnly?: boolean;
  /** Kept apart per top-level site. */
  partitioned?: boolean;
  /** Whether it is sent with requests from other sites. */
  sameSite?: "Strict" | "Lax" | "None";
  /** Further attributes as `Key=Value`. */
  unparsed?: string[];
}

/**
 * Cookies of a request, name to value.
 *
 * @throws {SyntaxError} A cookie without a name.
 */
export function getCookies(headers: Headers): Partial<Record<string, string>>;

/**
 * Appends a `Set-Cookie` header.
 *
 * @throws {SyntaxError} A name, value, path or domain with forbidden characters.
 */
export function setCookie(headers: Headers, cookie: Cookie): void;

/** Appends a `Set-Cookie` header that makes the browser forget the cookie. */
export function deleteCookie(
  headers: Headers,
  name: string,
  attributes?: Pick<
    Cookie,
    "path" | "domain" | "secure" | "httpOnly" | "partitioned"
  >,
): void;
