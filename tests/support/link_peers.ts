/**
 * Servers, raw peers and frames for the tests of links.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { formatAddress } from "../../address.ts";
import type { MeshError } from "../../errors.ts";
import { machineClockOffsetMs } from "../../shm/machine_clock.ts";
import { FrameFlag, FrameKind } from "../../wire/frame.ts";
import { FrameView } from "../../wire/frame_view.ts";
import { FrameParser } from "../../wire/frame_parser.ts";
import { FrameQueue } from "../../wire/frame_queue.ts";
import {
  encodeHello,
  type Goodbye,
  type Hello,
  parseGoodbye,
  PROTOCOL_MAJOR,
  PROTOCOL_MINOR,
} from "../../wire/link_messages.ts";
import { newNonce } from "../../wire/proof.ts";
import { newEpoch, type ServerInfo } from "../../wire/server_info.ts";
import type { FrameRun, Link } from "../../proxy/link/link.ts";
import { LinkManager, type LinkManagerOptions } from "../../proxy/link/manager.ts";
import { appendMessage } from "../../proxy/link/control_frames.ts";
import type { LinkTimings } from "../../proxy/link/timings.ts";
import { Changes } from "./changes.ts";
import { MemoryLog } from "./memory_log.ts";

// Opens the native library before any test begins, which would count it as a leak.
machineClockOffsetMs();

/** Times for tests: quick redials, and no heartbeat that could end a link on a busy machine. */
export const TEST_TIMINGS: Partial<LinkTimings> = {
  reconnectMinMs: 5,
  reconnectMaxMs: 40,
  heartbeatMs: 2_000,
  heartbeatTimeoutMs: 15_000,
  handshakeMs: 10_000,
};

/** A server's links with a record of everything they told. */
export class TestServer implements AsyncDisposable {
  readonly manager: LinkManager;
  readonly log = new MemoryLog();
  readonly ups: Link[] = [];
  readonly downs: { link: Link; error: MeshError }[] = [];
  readonly updates: Link[] = [];
  readonly changes = new Changes();
  info: ServerInfo;
  /** Bodies of received call frames, copied. */
  readonly bodies: Uint8Array[] = [];
  onFrames: ((link: Link, run: FrameRun, start: number, end: number) => void) | undefined;
  onAddresses: (() => void) | undefined;
  port = 0;

  constructor(name: string, options: Partial<LinkManagerOptions> & { info?: Partial<ServerInfo> }) {
    const { info, timings, ...rest } = options;
    this.info = {
      name,
      epoch: newEpoch(),
      roles: ["exec"],
      features: [],
      services: [],
      draining: false,
      ...info,
    };
    this.manager = new LinkManager({
      self: () => this.info,
      listen: { hostname: "127.0.0.1", port: 0 },
      connect: [],
      log: this.log,
      timings: { ...TEST_TIMINGS, ...timings },
      events: {
        up: (link) => {
          this.ups.push(link);
          this.changes.changed();
        },
        down: (link, error) => {
          this.downs.push({ link, error });
          this.changes.changed();
        },
        update: (link) => {
          this.updates.push(link);
          this.changes.changed();
        },
        addresses: () => this.onAddresses?.(),
        frames: (link, run, start, end) => {
          if (this.onFrames !== undefined) this.onFrames(link, run, start, end);
          else this.bodies.push(...callBodies(run, start, end));
          this.changes.changed();
        },
      },
      ...rest,
    });
    this.port = this.manager.listen()?.port ?? 0;
    this.manager.dial();
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Names of the servers linked with. */
  get peers(): string[] {
    return this.manager.links().map((link) => link.peer.name).sort();
  }

  async linked(name: string): Promise<Link> {
    await this.changes.until(
      `${this.info.name} links with ${name}`,
      () => this.peers.includes(name),
    );
    return this.manager.link(name)!;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.manager.close();
  }
}

/** Bodies of whole call frames in `bytes[start, end)`. */
export function callBodies({ bytes, words }: FrameRun, start: number, end: number): Uint8Array[] {
  const frame = new FrameView().over(bytes, words, start, end);
  const bodies: Uint8Array[] = [];
  while (frame.advance()) {
    assert(frame.kind <= 15, "a control frame was delivered");
    bodies.push(frame.copy());
  }
  assertEquals(frame.next, end);
  return bodies;
}

/** A peer that speaks bytes: for everything that a well-behaved server does not do. */
export class RawPeer implements Disposable {
  readonly #conn: Deno.TcpConn;
  readonly #parser = new FrameParser();

  constructor(conn: Deno.TcpConn) {
    this.#conn = conn;
    conn.setNoDelay(true);
  }

  static async dial(port: number): Promise<RawPeer> {
    return new RawPeer(await Deno.connect({ hostname: "127.0.0.1", port }));
  }

  get address(): string {
    return formatAddress(this.#conn.localAddr);
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) at += await this.#conn.write(bytes.subarray(at));
  }

  async send(kind: number, body: Uint8Array): Promise<void> {
    const queue = new FrameQueue(1 << 26);
    appendMessage(queue, kind, body);
    await this.write(queue.take());
  }

  async hello(changes: Partial<Hello>): Promise<void> {
    const hello: Hello = {
      name: "raw",
      epoch: newEpoch(),
      roles: [],
      features: [],
      auth: "none",
      nonce: newNonce(),
      major: PROTOCOL_MAJOR,
      minor: PROTOCOL_MINOR,
      ...changes,
    };
    await this.send(FrameKind.HELLO, encodeHello(hello));
  }

  /** The whole handshake of a dialler without a secret; the link is up afterwards. */
  async join(
    changes: Partial<Hello>,
    offer: object = { services: [], draining: false },
  ): Promise<void> {
    await this.hello(changes);
    assertEquals((await this.receive())?.kind, FrameKind.HELLO);
    await this.send(FrameKind.WELCOME, new TextEncoder().encode(JSON.stringify(offer)));
  }

  /** The next frame; `undefined` when the connection has ended. */
  async receive(): Promise<{ kind: number; body: Uint8Array } | undefined> {
    const parser = this.#parser;
    while (parser.start === parser.end) {
      assertEquals(parser.fault, undefined);
      const count = await this.#conn.read(parser.readable()).catch(() => null);
      if (count === null) return undefined;
      parser.advance(count);
    }
    const frame = new FrameView().over(parser.bytes, parser.words, parser.start, parser.end);
    frame.advance();
    parser.start = frame.next;
    return { kind: frame.kind, body: frame.copy() };
  }

  /** Reads on to the GOODBYE, or to the end of the connection. */
  async goodbye(): Promise<Goodbye | undefined> {
    for (;;) {
      const frame = await this.receive();
      if (frame === undefined) return undefined;
      if (frame.kind === FrameKind.GOODBYE) return parseGoodbye(frame.body);
    }
  }

  /** Until the other side has closed: whether it did in the end. */
  async ended(): Promise<boolean> {
    while (await this.receive() !== undefined);
    return true;
  }

  [Symbol.dispose](): void {
    this.#conn.close();
  }
}

/** Appends a call frame and sends it. */
export function sendBody(link: Link, body: Uint8Array, stream = 1): void {
  assert(link.queue.append(FrameKind.REQUEST, FrameFlag.FIRST | FrameFlag.LAST, stream, body));
  link.schedule();
}
