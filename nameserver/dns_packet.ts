/**
 * The only import of dns-packet. The checker of Deno 2.9.6 fails ("Debug Failure") when it reads the
 * package's CommonJS for types; the directive keeps it from that, the types are those of the
 * declaration file either way.
 *
 * @module
 */
// @ts-types="../types/dns_packet.d.ts"
export * from "dns-packet";
// @ts-types="../types/dns_packet.d.ts"
export { toRcode } from "dns-packet/rcodes.js";
