/**
 * How a web process leaves while others serve the same address, so that browsers lose nothing: every response
 * closes its connection; no new connection comes in, those that wait are taken; then the listening socket is
 * closed, and what is under way is finished.
 *
 * @module
 */
import { REPORT_BYTES } from "../limits.ts";
import { native } from "../native/ffi.ts";

/** Time for handshakes of TCP that are under way to end: a few round trips. */
const HANDSHAKES_END_MS = 50;
/** Pause between two looks, in ms. */
const LOOK_MS = 5;

/** How far a web process has got with leaving. */
export class Leaving {
  /** Whether responses close their connections. */
  begun = false;
  readonly #sockets = new Int32Array(2);

  /**
   * Leaves.
   *
   * @param server What is left.
   * @param lingerMs So long connections may stay on which nothing is under way: a browser may be about to send a
   *   request. 0: nobody else serves this address, it is closed at once.
   * @returns When everything that was under way is done.
   */
  async leave(server: Deno.HttpServer<Deno.NetAddr>, lingerMs: number): Promise<void> {
    if (this.begun && lingerMs > 0) return;
    this.begun = true;
    if (lingerMs > 0) await this.#closeListener(server.addr.port, lingerMs);
    await server.shutdown();
  }

  async #closeListener(port: number, lingerMs: number): Promise<void> {
    const deadlineMs = performance.now() + lingerMs;
    const [listener] = this.#look(port);
    const report = new Uint8Array(REPORT_BYTES);
    // A kernel without such filters: what waits in the accept queue at the end is lost then.
    if (listener < 0 || native().mesh_listener_cork(listener, report, REPORT_BYTES) < 0) return;
    await pause(HANDSHAKES_END_MS);
    while (native().mesh_listener_waiting(listener) > 0 && performance.now() < deadlineMs) {
      await pause(0);
    }
    native().mesh_listener_close(listener);
    while (performance.now() < deadlineMs && this.#look(port)[1] > 0) await pause(LOOK_MS);
  }

  /** The listening socket, and the number of connections. */
  #look(port: number): [number, number] {
    const bytes = new Uint8Array(this.#sockets.buffer);
    const result = native().mesh_port_sockets(port, bytes, bytes.byteLength);
    const [listener = -1, connections = 0] = result < 0 ? [] : this.#sockets;
    return [listener, connections];
  }
}

/** A response after which the connection is closed; the same one where its headers cannot be changed. */
export function closing(response: Response): Response {
  if (!(response instanceof Response) || response.status === 101) return response;
  try {
    response.headers.set("connection", "close");
    return response;
  } catch {
    const headers = new Headers(response.headers);
    headers.set("connection", "close");
    const { body, status, statusText } = response;
    return new Response(body, { status, statusText, headers });
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
