/**
 * For tests: a DNS server with records that can be changed.
 *
 * @module
 */
import { createSocket, type Socket } from "node:dgram";
import { decode, encode } from "../../nameserver/dns_packet.ts";

const AUTHORITATIVE_REPLY = 0x8400;

/** The data of an SRV record. */
export interface Srv {
  readonly target: string;
  readonly port: number;
  readonly priority?: number;
  readonly weight?: number;
}

/** A DNS server on a free port of 127.0.0.1, and its records. */
export class TestDns implements AsyncDisposable {
  /** `"A name"`, `"AAAA name"`, `"SRV name"` → data. A name without any record does not exist. */
  readonly records = new Map<string, readonly (string | Srv)[]>();
  /** Records that are answered with "server failure" instead. */
  readonly failing = new Set<string>();
  /** Questions so far, as the keys of `records`. */
  readonly questions: string[] = [];
  /** Records that get no answer at all. */
  readonly unanswered = new Set<string>();
  /** Whether nothing gets an answer. */
  silent = false;
  readonly #socket: Socket;
  #onQuestion = Promise.withResolvers<void>();

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("message", (bytes, peer) => {
      const reply = this.#reply(bytes);
      if (reply !== undefined) socket.send(reply, peer.port, peer.address);
    });
  }

  /** Opens its socket. */
  static async listen(): Promise<TestDns> {
    const socket = createSocket("udp4");
    await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", () => resolve()));
    return new TestDns(socket);
  }

  /** What to write behind a name so that it is asked: `?server=…`. */
  get query(): string {
    return `?server=127.0.0.1:${this.#socket.address().port}&refreshMs=100`;
  }

  /** Settles when so many more questions have been asked. */
  async asked(count: number): Promise<void> {
    const wanted = this.questions.length + count;
    while (this.questions.length < wanted) await this.#onQuestion.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
  }

  #reply(bytes: Uint8Array): Uint8Array | undefined {
    const { id, questions } = decode(bytes);
    const { name, type } = questions[0]!;
    const key = `${type} ${name}`;
    this.questions.push(key);
    this.#onQuestion.resolve();
    this.#onQuestion = Promise.withResolvers();
    if (this.silent || this.unanswered.has(key)) return undefined;
    const data = this.records.get(key) ?? [];
    const exists = [...this.records.keys()].some((key) => key.endsWith(` ${name}`));
    const code = this.failing.has(key) ? 2 : exists ? 0 : 3;
    return encode({
      type: "response",
      id,
      flags: AUTHORITATIVE_REPLY | code,
      questions,
      answers: code === 0 ? data.map((data) => ({ name, type, ttl: 1, data })) : [],
    });
  }
}
