/**
 * For tests: a peer on the link port that does what no server does.
 *
 * @module
 */
import { Handshake } from "../../../proxy/link/handshake.ts";
import { FrameKind } from "../../../wire/frame.ts";
import { FrameParser } from "../../../wire/frame_parser.ts";
import { FrameQueue } from "../../../wire/frame_queue.ts";
import { FrameView } from "../../../wire/frame_view.ts";
import { newEpoch } from "../../../wire/server_info.ts";
import { dialTcp } from "../../support/dial_tcp.ts";

/** Writes everything; a connection that the other side has ended is no fault here. */
export async function writeAll(conn: Deno.Conn, bytes: Uint8Array): Promise<void> {
  try {
    for (let at = 0; at < bytes.length;) at += await conn.write(bytes.subarray(at));
  } catch {
    // It threw us out.
  }
}

/** Reads until the other side ends the connection. */
export async function untilClosed(conn: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(65_536);
  try {
    while (await conn.read(buffer) !== null);
  } catch {
    // A reset is an end, too.
  }
}

/** A peer that has spoken the handshake properly. */
export class Stranger implements Disposable {
  /** Its connection. */
  readonly conn: Deno.TcpConn;
  /** What it will send. */
  readonly queue = new FrameQueue(64 * 1024 * 1024);
  readonly #parser: FrameParser;

  private constructor(conn: Deno.TcpConn, parser: FrameParser) {
    this.conn = conn;
    this.#parser = parser;
  }

  /** Dials in and becomes a link. */
  static async dial(address: string, name: string): Promise<Stranger> {
    const conn = await dialTcp(address);
    try {
      const info = {
        name,
        epoch: newEpoch(),
        roles: ["web"],
        features: [],
        services: [],
        draining: false,
      };
      const handshake = new Handshake(conn, { info, secret: undefined });
      const { parser } = await handshake.dial(() => Promise.resolve());
      return new Stranger(conn, parser);
    } catch (error) {
      conn.close();
      throw error;
    }
  }

  /** Sends what is queued. */
  async flush(): Promise<void> {
    await writeAll(this.conn, this.queue.take());
  }

  /** Reads on to a frame of this kind; `false` when the other side ends the connection before. */
  async reads(kind: number): Promise<boolean> {
    const parser = this.#parser;
    for (;;) {
      const frame = new FrameView().over(parser.bytes, parser.words, parser.start, parser.end);
      while (frame.advance()) {
        parser.start = frame.next;
        if (frame.kind === kind) return true;
      }
      const count = await this.conn.read(parser.readable()).catch(() => null);
      if (count === null || !parser.advance(count)) return false;
    }
  }

  /** Whether the link lives: a PING is answered. */
  async isAnswered(): Promise<boolean> {
    this.queue.append(FrameKind.PING, 0, 0, new Uint8Array(8));
    await this.flush();
    return await this.reads(FrameKind.PONG);
  }

  [Symbol.dispose](): void {
    this.conn.close();
  }
}
