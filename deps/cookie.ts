/**
 * The standard library's cookie functions, by relative path.
 *
 * By path, because workers load this file under the configuration of the *user's* project, whose import
 * map knows nothing of our packages.
 *
 * @module
 */
// @ts-types="../types/cookie.d.ts"
export { deleteCookie, getCookies, setCookie } from "../node_modules/deno-std/http/cookie.js";
// @ts-types="../types/cookie.d.ts"
export type { Cookie } from "../node_modules/deno-std/http/cookie.js";
