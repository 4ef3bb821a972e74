/**
 * A TCP connection that carries the floor's frames, and the two ends of calls over it.
 *
 * @module
 */
import type { Caller, Handler } from "../caller.ts";
import { sideBySide } from "../caller.ts";
import { decodeReply, encodeInput, HANDLERS, serve } from "../encoding.ts";
import { FrameParser, type FrameSink } from "./frame_parser.ts";
import { FrameWriter } from "./frame_writer.ts";

/** Hands every frame that arrives to `sink`, until the other side ends. */
async function readFrames(conn: Deno.TcpConn, sink: FrameSink): Promise<void> {
  const parser = new FrameParser(sink);
  for (;;) {
    const bytes = await conn.read(parser.room());
    if (bytes === null) return;
    parser.filled(bytes);
  }
}

/** Answers the calls of a connection, until the other side ends. */
export async function serveCalls(conn: Deno.TcpConn): Promise<void> {
  const failed = Promise.withResolvers<never>();
  const writer = new FrameWriter(conn, failed.reject);
  const served = readFrames(conn, (id, handler, input) => {
    const reply = serve(handlerAt(handler), input);
    writer.send(id, handler, reply);
  });
  await Promise.race([served, failed.promise]);
}

/** Makes calls over a connection. */
export class FloorCaller implements Caller {
  readonly #writer: FrameWriter;
  /** Calls under way, by their id. */
  readonly #calls = new Map<number, PromiseWithResolvers<Uint8Array>>();
  #lastId = 0;
  /** Settles when the connection has ended; rejects when it fails. */
  readonly ended: Promise<void>;

  /** @param conn The connection; closing it is its owner's business. */
  constructor(conn: Deno.TcpConn) {
    const failed = Promise.withResolvers<never>();
    this.#writer = new FrameWriter(conn, failed.reject);
    const read = readFrames(conn, (id, _handler, reply) => {
      const call = this.#calls.get(id);
      if (call === undefined) throw new Error(`a reply to call ${id}, which is not under way`);
      this.#calls.delete(id);
      call.resolve(reply);
    });
    this.ended = Promise.race([read, failed.promise]).finally(() => {
      for (const call of this.#calls.values()) call.reject(new Error("the connection has ended"));
      this.#calls.clear();
    });
  }

  async call(handler: Handler, input: unknown): Promise<unknown> {
    const id = this.#lastId = (this.#lastId + 1) >>> 0;
    const call = Promise.withResolvers<Uint8Array>();
    this.#calls.set(id, call);
    this.#writer.send(id, HANDLERS.indexOf(handler), encodeInput(handler, input));
    return decodeReply(handler, await call.promise);
  }

  page(parts: number, input: Uint8Array): Promise<readonly unknown[]> {
    return sideBySide(this, parts, input);
  }
}

function handlerAt(place: number): Handler {
  const handler = HANDLERS[place];
  if (handler === undefined) throw new RangeError(`there is no handler ${place}`);
  return handler;
}
