/**
 * A browser's end of a WebSocket, byte by byte: it does what no polite client does.
 *
 * @module
 */

/** A close frame without a status, masked with zeros. */
const CLOSE = new Uint8Array([0x88, 0x80, 0, 0, 0, 0]);
/** A frame that no version of the protocol allows. */
const NONSENSE = new Uint8Array([0xff, 0xff, 0xff, 0xff]);

/** How long it waits for something that must come, in ms: a guard, not an expectation. */
const GUARD_MS = 20_000;

/** What it sends first. */
export function upgradeRequest(path: string): string {
  return `GET ${path} HTTP/1.1\r\nhost: mesh\r\nupgrade: websocket\r\nconnection: Upgrade\r\n` +
    "sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
}

/** A connection that was upgraded to a WebSocket, and the frames on it. */
export class RawSocket implements Disposable {
  readonly #connection: Deno.TcpConn;
  #open = true;
  #unread = "";

  private constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
  }

  /** Asks for a WebSocket; nothing is read yet. */
  static async ask(url: string, path: string): Promise<RawSocket> {
    const { hostname, port } = new URL(url);
    const connection = await Deno.connect({ hostname, port: Number(port) });
    const socket = new RawSocket(connection);
    await socket.#send(new TextEncoder().encode(upgradeRequest(path)));
    return socket;
  }

  /**
   * Waits until something has come that holds a text, and forgets what came up to its end.
   *
   * @param text Each character stands for a byte.
   */
  async readUntil(text: string): Promise<void> {
    while (!this.#unread.includes(text)) {
      const more = await this.#read();
      if (more.length === 0) throw new Error(`the connection ended before ${Deno.inspect(text)}`);
      this.#unread += String.fromCharCode(...more);
    }
    this.#unread = this.#unread.slice(this.#unread.indexOf(text) + text.length);
  }

  /** Begins to close it, as the protocol says. */
  close(): Promise<void> {
    return this.#send(CLOSE);
  }

  /** Breaks the protocol. */
  babble(): Promise<void> {
    return this.#send(NONSENSE);
  }

  /** Closes the connection without a word. */
  [Symbol.dispose](): void {
    if (this.#open) this.#connection.close();
    this.#open = false;
  }

  async #read(): Promise<Uint8Array> {
    const bytes = new Uint8Array(65_536);
    const guard = setTimeout(() => this[Symbol.dispose](), GUARD_MS);
    const count = await this.#connection.read(bytes).finally(() => clearTimeout(guard)) ?? 0;
    return bytes.subarray(0, count);
  }

  async #send(bytes: Uint8Array): Promise<void> {
    await this.#connection.write(bytes);
  }
}
