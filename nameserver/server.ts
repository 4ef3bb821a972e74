/**
 * The sockets of the name server: UDP and TCP on the same port.
 *
 * @module
 */
import { delay } from "@std/async/delay";
import type { Address } from "../address.ts";
import { createSocket, type Socket } from "node:dgram";
import { isIPv6 } from "node:net";
import { DNS_CONNECTIONS_MAX, DNS_IDLE_MS, DNS_PORT_TRIES_MAX } from "../limits.ts";
import { reached } from "../limits/reached.ts";
import type { AnswerKind } from "./answer.ts";
import { MessageSplitter, withLength } from "./tcp_messages.ts";

const CHUNK_BYTES = 4_096;
const ACCEPT_PAUSE_MS = 100;

/** What answers packets; see {@linkcode Answerer}. */
export interface PacketAnswerer {
  answer(bytes: Uint8Array, client: string, transport: "udp" | "tcp"): Uint8Array | undefined;
  readonly counters: Partial<Record<AnswerKind, number>>;
}

/** Options of {@linkcode NameServer.listen}. */
export interface NameServerOptions {
  /** An address of this machine; `"0.0.0.0"`, `"::"`: all. */
  hostname: string;
  /** 53 in operation; 0: any. */
  port: number;
  answerer: PacketAnswerer;
  /** Time after which a silent TCP connection is closed, in ms. Default 10,000. */
  idleMs?: number;
}

/** A name server that listens. Disposing of it closes its sockets and connections. */
export class NameServer implements AsyncDisposable {
  /** Where it listens, UDP and TCP alike. */
  readonly address: Address;

  /** TCP connections that were closed because there were too many. */
  refusedConnections = 0;

  readonly #answerer: PacketAnswerer;
  readonly #idleMs: number;
  readonly #udp: Socket;
  readonly #tcp: Deno.TcpListener;
  readonly #connections = new Set<Deno.TcpConn>();
  readonly #tasks = new Set<Promise<void>>();
  #closed: Promise<void> | undefined;

  private constructor(options: NameServerOptions, udp: Socket, tcp: Deno.TcpListener) {
    this.#answerer = options.answerer;
    this.#idleMs = options.idleMs ?? DNS_IDLE_MS;
    this.#udp = udp;
    this.#tcp = tcp;
    this.address = { hostname: options.hostname, port: tcp.addr.port };
    udp.on("message", (bytes, peer) => {
      const answer = this.#answerer.answer(bytes, plainAddress(peer.address), "udp");
      if (answer !== undefined) udp.send(answer, peer.port, peer.address, ignoreSendError);
    });
    this.#track(this.#accept());
  }

  /**
   * Opens the sockets.
   *
   * @throws `Deno.errors.AddrInUse` and others of `Deno.listen`; the error of the UDP socket.
   */
  static async listen(options: NameServerOptions): Promise<NameServer> {
    for (let attempt = 1;; attempt++) {
      const tcp = Deno.listen({ hostname: options.hostname, port: options.port });
      try {
        const udp = await bindUdp(options.hostname, tcp.addr.port);
        return new NameServer(options, udp, tcp);
      } catch (error) {
        tcp.close();
        if (options.port !== 0 || attempt === DNS_PORT_TRIES_MAX) throw error;
      }
    }
  }

  /** Stops answering; resolves when everything is closed. */
  close(): Promise<void> {
    return this.#closed ??= (async () => {
      this.#tcp.close();
      for (const connection of this.#connections) closeQuietly(connection);
      await new Promise<void>((resolve) => this.#udp.close(() => resolve()));
      await Promise.all(this.#tasks);
    })();
  }

  /** See {@linkcode NameServer.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #accept(): Promise<void> {
    while (this.#closed === undefined) {
      let connection: Deno.TcpConn;
      try {
        connection = await this.#tcp.accept();
      } catch {
        // Closed, which ends the loop; or out of file descriptors, which waiting may mend.
        if (this.#closed === undefined) await delay(ACCEPT_PAUSE_MS);
        continue;
      }
      if (this.#connections.size >= DNS_CONNECTIONS_MAX) {
        this.refusedConnections++;
        reached("DNS_CONNECTIONS_MAX");
        closeQuietly(connection);
      } else this.#track(this.#serve(connection));
    }
  }

  async #serve(connection: Deno.TcpConn): Promise<void> {
    this.#connections.add(connection);
    const client = plainAddress(connection.remoteAddr.hostname);
    const splitter = new MessageSplitter();
    const chunk = new Uint8Array(CHUNK_BYTES);
    let idle: ReturnType<typeof setTimeout> | undefined;
    try {
      while (true) {
        idle = setTimeout(() => closeQuietly(connection), this.#idleMs);
        const length = await connection.read(chunk);
        if (length === null) return;
        const messages = splitter.push(chunk.subarray(0, length));
        if (messages === undefined) return;
        for (const message of messages) {
          const answer = this.#answerer.answer(message, client, "tcp");
          if (answer === undefined) return;
          await writeAll(connection, withLength(answer));
        }
        clearTimeout(idle);
      }
    } catch {
      // The client went away, or closed half-way: there is nobody to tell.
    } finally {
      clearTimeout(idle);
      closeQuietly(connection);
      this.#connections.delete(connection);
    }
  }

  #track(task: Promise<void>): void {
    const tracked = task.finally(() => this.#tasks.delete(tracked));
    this.#tasks.add(tracked);
  }
}

/** A socket for both families gives IPv4 addresses as IPv6 ones. */
function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, "");
}

/** A client whose port is closed again shows as an error of a later send. */
function ignoreSendError(): void {}

function bindUdp(hostname: string, port: number): Promise<Socket> {
  const socket = createSocket(isIPv6(hostname) ? "udp6" : "udp4");
  return new Promise((resolve, reject) => {
    socket.once("error", (error) => {
      socket.close();
      reject(error);
    });
    socket.bind(port, hostname, () => {
      socket.removeAllListeners("error");
      socket.on("error", ignoreSendError);
      resolve(socket);
    });
  });
}

async function writeAll(connection: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}

function closeQuietly(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // It is closed already.
  }
}
