/**
 * Whether a response may carry an identity: only where no cache could give it to somebody else, and nothing
 * could bring it back later.
 *
 * @module
 */

/** Responses to a new browser that get its cookie: answers of the moment. */
const STATUSES: ReadonlySet<number> = new Set([200, 201, 202, 203, 204, 205, 302, 303, 307]);

/** Directives of a response that is not for one browser, or never asked for again. */
const SHARING: ReadonlySet<string> = new Set(["public", "s-maxage", "immutable"]);

/** Names of headers that speak to the caches of a content network alone. */
const NETWORK_CACHE = /^(surrogate-control|edge-control|x-accel-expires|(.+-)?cdn-cache-control)$/;

/** A directive of a header such as `Cache-Control`: its name in small letters, and what is after the `=`. */
interface Directive {
  readonly name: string;
  readonly value: string | undefined;
}

/**
 * Whether a response may carry an identity that is somebody's alone.
 *
 * Errors, permanent redirects, parts of a document and answers to the question whether something has changed
 * never do. Nor does a response that may be kept by a cache which many share, or for good; nor one that
 * sets the cookie itself, or whose body is in use.
 *
 * @param response The site's response.
 * @param name Name of the cookie.
 */
export function mayCarryIdentity(response: Response, name: string): boolean {
  const { status, headers, body, bodyUsed } = response;
  if (!STATUSES.has(status) || bodyUsed || body?.locked === true) return false;
  if (isShared(headers)) return false;
  return !headers.getSetCookie().some((cookie) => nameOf(cookie) === name);
}

/**
 * Keeps a response out of shared caches, also out of those that would keep it by a guess of their own, or ask
 * again before each use.
 *
 * @param headers The response's headers, which are changed.
 */
export function keepPrivate(headers: Headers): void {
  if (!isPrivate(directivesOf(headers.get("cache-control")))) {
    headers.append("cache-control", "private");
  }
}

/** Whether a response's headers let a shared cache keep it, or any cache keep it for good. */
function isShared(headers: Headers): boolean {
  for (const [name, value] of headers) {
    if (NETWORK_CACHE.test(name) && value.trim() !== "0" && !isPrivate(directivesOf(value))) {
      return true;
    }
  }
  const said = directivesOf(headers.get("cache-control"));
  if (said.some(({ name }) => SHARING.has(name))) return true;
  if (isPrivate(said)) return false;
  const ages = said.filter(({ name }) => name === "max-age");
  // An age that cannot be read is not taken for none.
  if (ages.length > 0) return !ages.every(({ value }) => /^0+$/.test(value ?? ""));
  return Date.parse(headers.get("expires") ?? "") > Date.now();
}

/** Whether no shared cache keeps any of it; `private="field"` is about that field alone. */
function isPrivate(said: readonly Directive[]): boolean {
  return said.some(({ name, value }) =>
    name === "no-store" || (name === "private" && value === undefined)
  );
}

/** The directives of a header; several headers of one name are joined by commas, as `Headers` gives them. */
function directivesOf(header: string | null): Directive[] {
  const pattern = /([^\s,=";]+)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,;"]*)))?/g;
  return [...(header ?? "").matchAll(pattern)].map(([, name = "", quoted, bare]) => ({
    name: name.toLowerCase(),
    value: (quoted ?? bare)?.trim(),
  }));
}

function nameOf(setCookie: string): string {
  return setCookie.replace(/[;=].*$/s, "").trim();
}
