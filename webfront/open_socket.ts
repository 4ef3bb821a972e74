/**
 * The server's end of a browser's WebSocket: when it is closed, from either side.
 *
 * Everything of it is in the hands of the site: listeners are added before the site sees the socket, by the
 * functions of the platform, and what an event says is believed only if the socket's state says the same.
 *
 * @module
 */
import { getterOf } from "../boundary/getter.ts";
import { SOCKET_LOOK_MS } from "../limits.ts";

// As it is when mesh is loaded: user code may replace it.
const { addEventListener } = EventTarget.prototype;

// States of a socket.
const CONNECTING = 0;
const OPEN = 1;
const CLOSING = 2;
const CLOSED = 3;

/** Status of a WebSocket whose server failed (RFC 6455, 7.4.1). */
const FAILED = 1011;

/** The getter of the platform, which is loaded with the first socket: most processes never have one. */
let readyState: ((this: unknown) => number) | undefined;

/** Those that are not closed. */
const open = new Set<OpenSocket>();
let timer: ReturnType<typeof setInterval> | undefined;

/** A WebSocket of a site, from its upgrade until it is closed. */
export class OpenSocket {
  readonly #socket: WebSocket;
  #closed: ((reason: string) => void) | undefined;
  /** Whether the last look found that its site has closed it. */
  #closing = false;

  /**
   * @param socket The socket, which nobody else has seen yet.
   * @param closed Called once, with the reason, when it is closed or has not opened.
   */
  constructor(socket: WebSocket, closed: (reason: string) => void) {
    this.#socket = socket;
    this.#closed = closed;
    const look = () => this.#look();
    addEventListener.call(socket, "close", look, { capture: true });
    addEventListener.call(socket, "error", () => this.#failed(), { capture: true });
    open.add(this);
    timer ??= setInterval(() => {
      for (const each of [...open]) each.lookAgain();
    }, SOCKET_LOOK_MS);
  }

  /** Closes it, as soon as it is open, since its site has failed. */
  fail(): void {
    const end = () => WebSocket.prototype.close.call(this.#socket, FAILED, "Internal Server Error");
    if (this.#state === OPEN) end();
    else addEventListener.call(this.#socket, "open", end, { capture: true, once: true });
  }

  /** A browser that does not answer when its site closes the socket, and stays, makes no event. */
  lookAgain(): void {
    const closing = this.#state === CLOSING;
    if (closing && this.#closing) this.#end("the WebSocket was closed");
    else this.#look();
    this.#closing = closing;
  }

  get #state(): number {
    return (readyState ??= getterOf(WebSocket.prototype, "readyState")).call(this.#socket);
  }

  #look(): void {
    if (this.#state === CLOSED) this.#end("the WebSocket was closed");
  }

  #failed(): void {
    if (this.#state === CONNECTING) this.#end("the WebSocket did not open");
    else this.#look();
  }

  #end(reason: string): void {
    const closed = this.#closed;
    this.#closed = undefined;
    open.delete(this);
    if (open.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
    closed?.(reason);
  }
}
