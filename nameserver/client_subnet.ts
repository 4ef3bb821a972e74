/**
 * EDNS client subnet (RFC 7871): the part of the browser's address that a resolver passes on.
 *
 * @module
 */

/** A subnet out of a query. */
export interface ClientSubnet {
  /** 1: IPv4, 2: IPv6. */
  family: 1 | 2;
  /** Bits of the address that are given. */
  sourcePrefix: number;
  /** The given bits, filled up to whole bytes with zeros. */
  address: Uint8Array;
}

/**
 * Parses the option's data.
 *
 * @returns `undefined` when the option breaks the RFC, which is to be answered with FORMERR.
 */
export function parseClientSubnet(data: Uint8Array): ClientSubnet | undefined {
  if (data.length < 4) return undefined;
  const [high = 0, low = 0, sourcePrefix = 0, scopePrefix = 0] = data;
  const family = (high << 8) | low;
  const address = data.slice(4);
  if (family !== 1 && family !== 2) return undefined;
  if (scopePrefix !== 0 || sourcePrefix > (family === 1 ? 32 : 128)) return undefined;
  if (address.length !== Math.ceil(sourcePrefix / 8)) return undefined;
  const spare = address.length * 8 - sourcePrefix;
  if (spare > 0 && ((address.at(-1) ?? 0) & ((1 << spare) - 1)) !== 0) return undefined;
  return { family, sourcePrefix, address };
}

/**
 * The option's data in an answer.
 *
 * @param scopePrefix Bits of the address that the answer depends on; 0: it is right for everybody.
 */
export function encodeClientSubnet(subnet: ClientSubnet, scopePrefix: number): Uint8Array {
  return Uint8Array.of(0, subnet.family, subnet.sourcePrefix, scopePrefix, ...subnet.address);
}

/** The subnet as a text that is the same for every client in it. */
export function subnetText({ family, sourcePrefix, address }: ClientSubnet): string {
  return `${family}/${sourcePrefix}/${address.join(".")}`;
}
