/**
 * DNS over TCP: each message has its length before it, in two bytes (RFC 1035, RFC 7766).
 *
 * @module
 */
import { DNS_QUERY_MAX_BYTES } from "../limits.ts";
import { reached } from "../limits/reached.ts";

const LENGTH_BYTES = 2;

/** Splits a connection's bytes into messages; does no I/O and takes chunks of any size. */
export class MessageSplitter {
  #buffer = new Uint8Array(0);

  /** Bytes of the message that has not come in whole. */
  get pendingBytes(): number {
    return this.#buffer.length;
  }

  /**
   * Takes a chunk.
   *
   * @returns The messages that are complete; `undefined` when one is longer than a query may be: the connection
   *   is of no use any more.
   */
  push(chunk: Uint8Array): Uint8Array[] | undefined {
    const bytes = new Uint8Array(this.#buffer.length + chunk.length);
    bytes.set(this.#buffer);
    bytes.set(chunk, this.#buffer.length);
    const messages: Uint8Array[] = [];
    let at = 0;
    while (bytes.length - at >= LENGTH_BYTES) {
      const length = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
      if (length > DNS_QUERY_MAX_BYTES) {
        reached("DNS_QUERY_MAX_BYTES");
        return undefined;
      }
      const end = at + LENGTH_BYTES + length;
      if (end > bytes.length) break;
      messages.push(bytes.subarray(at + LENGTH_BYTES, end));
      at = end;
    }
    this.#buffer = bytes.slice(at);
    return messages;
  }
}

/** Puts its length before a message. */
export function withLength(message: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(LENGTH_BYTES + message.length);
  new DataView(bytes.buffer).setUint16(0, message.length);
  bytes.set(message, LENGTH_BYTES);
  return bytes;
}
