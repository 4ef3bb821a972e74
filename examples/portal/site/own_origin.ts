/**
 * Whose forms are taken.
 *
 * @module
 */

/**
 * Whether a request's origin is this site. Only hosts are compared: behind a server that ends TLS the schemes differ.
 *
 * @param origin The `Origin` header.
 * @param host The `Host` header.
 */
export function isOwnOrigin(origin: string, host: string | undefined): boolean {
  // "null" (a sandboxed or redirected page) and anything else without a host is a stranger.
  return host !== undefined && URL.canParse(origin) && new URL(origin).host === host.toLowerCase();
}
