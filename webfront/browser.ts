/**
 * Whether the browser of one request is still there, and the end of its calls when it is not.
 *
 * `request.signal` says so, but asking for it costs more than a fast call: it is asked for only once a call has
 * been under way for a moment, or may be missed otherwise. It is silent about a request that became a WebSocket:
 * then the socket's end counts (see open_socket.ts).
 *
 * @module
 */
import { getterOf } from "../boundary/getter.ts";
import { CallScope, type ScopeOwner } from "../client/call_scope.ts";
import { BROWSER_WATCH_MS } from "../limits.ts";
import { OpenSocket } from "./open_socket.ts";
import { copyOfHeaders, type Unclaimed, type Upgradable } from "./socket_upgrades.ts";

/** What the platform says of a request, beside the request. */
export interface RequestInfo {
  readonly remoteAddr: Deno.NetAddr;
  readonly completed: Promise<void>;
}

// As they are when mesh is loaded: user code may replace them.
const { addEventListener } = EventTarget.prototype;
const reason = getterOf(AbortSignal.prototype, "reason");
const promiseThen = Promise.prototype.then;

/** Whose calls have begun a moment ago: one timer for all of them. */
let waiting: Browser[] = [];

function look(): void {
  const browsers = waiting;
  waiting = [];
  for (const browser of browsers) browser.look();
}

const ignore = () => {};

/**
 * States, and what follows each:
 *
 * ```text
 * unwatched → waiting | watched
 * waiting   → unwatched | watched     (a call has begun; looked at again in a moment)
 * watched   → (none)
 * ```
 */
type State = "unwatched" | "waiting" | "watched";

/** The browser behind one request, and the calls that were made for it. */
export class Browser implements ScopeOwner, Upgradable {
  /** Its address. */
  readonly remoteAddr: Deno.NetAddr;
  /** Settles when the response has been delivered. */
  readonly completed: Promise<void>;
  readonly #request: Request;
  readonly #info: RequestInfo;
  #state: State = "unwatched";
  #answered = false;
  #scope: CallScope | undefined;
  #gone: { readonly reason: unknown } | undefined;
  #upgrade: { readonly socket: OpenSocket; readonly response: Response } | undefined;
  #headers: Headers | undefined;

  /**
   * @param request Its request.
   * @param info What the platform says of it.
   */
  constructor(request: Request, info: RequestInfo) {
    this.#request = request;
    this.#info = info;
    this.remoteAddr = info.remoteAddr;
    // Without this, a body that could not be written does not end `request.signal`. That it fails is no error.
    this.completed = info.completed;
    promiseThen.call(this.completed, undefined, ignore);
  }

  /**
   * Makes the scope of the calls that are made for it.
   *
   * @param parts What the scope gives them.
   */
  scope(parts: { user: string | undefined; traceparent: Uint8Array | undefined }): CallScope {
    const scope = this.#scope = new CallScope({ owner: this, ...parts });
    if (this.#gone !== undefined) scope.abort(this.#gone.reason);
    return scope;
  }

  /** Its request's headers, which the platform forgets when it becomes a WebSocket. */
  get headers(): Headers {
    return this.#headers ?? this.#request.headers;
  }

  busy(): void {
    if (this.#state !== "unwatched") return;
    // What was missed is not told later once a response is on its way, nor ever in HTTP/2: that has no `host`.
    if (this.#answered || !this.#namesHost()) return this.watch();
    this.#state = "waiting";
    if (waiting.push(this) === 1) setTimeout(look, BROWSER_WATCH_MS);
  }

  /** A moment has passed since a call began. */
  look(): void {
    if (this.#state !== "waiting") return;
    this.#state = "unwatched";
    if (this.#scope?.isBusy) this.watch();
  }

  /**
   * The site has answered the request: what it calls from now on is for a body that is under way, or for a socket.
   *
   * @param response Anything that it gave.
   * @param unclaimed The upgrade that it is the response to, if that was one of no request that is known.
   * @throws {TypeError} When the request became a WebSocket, and this is not the response to that.
   */
  answered(response: unknown, unclaimed?: Unclaimed): void {
    this.#answered = true;
    if (this.#scope?.isBusy) this.watch();
    if (this.#upgrade !== undefined) {
      if (response === this.#upgrade.response) return;
      throw new TypeError("a WebSocket's request needs the response of Deno.upgradeWebSocket");
    }
    if (unclaimed !== undefined && this.#isClosed()) {
      this.#headers = unclaimed.headers;
      this.upgraded(unclaimed.upgrade);
    } else if (response instanceof Response && response.status === 101) {
      this.left("another request than its own was upgraded to a WebSocket, such as a copy of it");
    }
  }

  /**
   * The site has failed. The platform stops to serve if a request that became a WebSocket is answered by anything
   * but the response to that: so it gets that one, and the socket is closed.
   *
   * @returns The response; `undefined` when the request is none of these.
   */
  failed(): Response | undefined {
    this.#upgrade?.socket.fail();
    return this.#upgrade?.response;
  }

  #namesHost(): boolean {
    try {
      return this.headers.get("host") !== null;
    } catch {
      return false; // the site has put something else in the headers' place
    }
  }

  beforeUpgrade(): void {
    this.#headers = copyOfHeaders(this.#request);
    // It is silent once the request is upgraded; until the socket opens, it is the only one to tell.
    this.watch();
  }

  upgraded({ socket, response }: Deno.WebSocketUpgrade): void {
    this.#upgrade = { socket: new OpenSocket(socket, (reason) => this.left(reason)), response };
  }

  /** Whether the platform has done with its request, which before the answer is so only after an upgrade. */
  #isClosed(): boolean {
    try {
      return this.#info.remoteAddr === undefined;
    } catch {
      return true;
    }
  }

  /** From now on it is heard when the browser leaves. */
  watch(): void {
    if (this.#state === "watched") return;
    this.#state = "watched";
    try {
      const { signal } = this.#request;
      if (signal.aborted) return this.left(signal.reason);
      addEventListener.call(signal, "abort", () => this.left(reason.call(signal)));
    } catch {
      // The site has put something else in the signal's place: its own calls do not end, then.
    }
  }

  /** It has gone: its calls end, and those that are made later at once. */
  left(reason: unknown): void {
    if (this.#gone !== undefined) return;
    this.#gone = { reason };
    this.#scope?.abort(reason);
  }
}
