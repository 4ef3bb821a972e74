/**
 * The entry of a server in a registry, as JSON: checked by hand, since anybody may write there.
 *
 * @module
 */
import { parseAddress } from "../address.ts";

/** How a server is found. */
export interface ServerEntry {
  /** Where it accepts links, `"host:port"`. */
  readonly address: string;
  /** Its name, the same as in its key. */
  readonly name: string;
  /** Distinguishes two runs of one server. */
  readonly epoch: string;
}

/** The text of an entry. */
export function encodeEntry({ address, name, epoch }: ServerEntry): string {
  return JSON.stringify({ address, name, epoch });
}

/**
 * Reads an entry. Further fields are passed over.
 *
 * @returns `undefined` when the text is none.
 */
export function decodeEntry(text: string): ServerEntry | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { address, name, epoch } = value as Record<string, unknown>;
  if (typeof address !== "string" || parseAddress(address) === null) return undefined;
  return typeof name === "string" && typeof epoch === "string"
    ? { address, name, epoch }
    : undefined;
}
