/**
 * A TCP relay in front of a server's link port: the cable that a test can pull.
 *
 * @module
 */
import { formatAddress } from "../../address.ts";
import { dialTcp } from "./dial_tcp.ts";

/** Forwards every connection until it is told to cut the cable, or to let it hang. */
export class Relay implements Disposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #target: string;
  readonly #conns = new Set<Deno.TcpConn>();
  #state: "whole" | "cut" | "hung" = "whole";
  /** Settles when bytes may pass again. */
  #passing = Promise.withResolvers<void>();

  /** @param target Where connections go on to, `"host:port"`. */
  constructor(target: string) {
    this.#target = target;
    this.#passing.resolve();
    void this.#accept();
  }

  /** Where it listens, `"host:port"`. */
  get address(): string {
    return formatAddress(this.#listener.addr);
  }

  /** Ends all connections, and new ones at once. */
  cut(): void {
    this.#state = "cut";
    this.#closeAll();
  }

  /** Connections stay, and not a byte passes any more. */
  hang(): void {
    this.#state = "hung";
    this.#passing = Promise.withResolvers();
  }

  /** Everything passes again. */
  heal(): void {
    this.#state = "whole";
    this.#passing.resolve();
  }

  [Symbol.dispose](): void {
    this.#listener.close();
    this.cut();
    this.#passing.resolve();
  }

  async #accept(): Promise<void> {
    for await (const near of this.#listener) {
      if (this.#state === "cut") {
        near.close();
        continue;
      }
      void this.#join(near);
    }
  }

  async #join(near: Deno.TcpConn): Promise<void> {
    this.#conns.add(near);
    let far: Deno.TcpConn;
    try {
      far = await dialTcp(this.#target);
    } catch {
      return this.#close(near);
    }
    this.#conns.add(far);
    if (!this.#conns.has(near)) this.#close(far);
    void this.#pump(near, far);
    void this.#pump(far, near);
  }

  async #pump(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
    const buffer = new Uint8Array(65_536);
    try {
      for (;;) {
        const count = await from.read(buffer);
        if (count === null) break;
        await this.#passing.promise;
        for (let at = 0; at < count;) at += await to.write(buffer.subarray(at, count));
      }
    } catch {
      // One of the two has been closed.
    }
    this.#close(from);
    this.#close(to);
  }

  #closeAll(): void {
    for (const conn of this.#conns) this.#close(conn);
  }

  #close(conn: Deno.TcpConn): void {
    if (this.#conns.delete(conn)) conn.close();
  }
}
