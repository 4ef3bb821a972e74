/**
 * What a process asks its proxy beside its calls.
 *
 * @module
 */
import { MeshError } from "../errors.ts";
import { CONTROL_BODY_MAX_BYTES } from "../limits.ts";
import { Assembler } from "../wire/assembler.ts";
import { Kind } from "../wire/frame.ts";
import { type MessageSender, OutStream } from "./message_sender.ts";

interface Question {
  readonly answer: PromiseWithResolvers<unknown>;
  readonly assembler: Assembler;
}

/** Questions under way, by their number. */
export class ProxyQuestions {
  readonly #sender: MessageSender;
  readonly #open = new Map<number, Question>();
  #last = 0;
  #closed: MeshError | undefined;

  /** @param sender The process's sender. */
  constructor(sender: MessageSender) {
    this.#sender = sender;
  }

  /**
   * Puts a question to the proxy.
   *
   * @param question Plain data.
   * @returns The answer, plain data.
   */
  ask(question: unknown): Promise<unknown> {
    if (this.#closed) return Promise.reject(this.#closed);
    const stream = ++this.#last >>> 0;
    const out = new OutStream(stream);
    out.credit = Infinity;
    const body = new TextEncoder().encode(JSON.stringify(question));
    this.#sender.send(out, Kind.ASK, 0, null, body, false, false);
    const answer = Promise.withResolvers<unknown>();
    this.#open.set(stream, { answer, assembler: new Assembler(CONTROL_BODY_MAX_BYTES) });
    return answer.promise;
  }

  /** A fragment of an answer arrived. */
  answered(flags: number, stream: number, bytes: Uint8Array, start: number, end: number): void {
    const question = this.#open.get(stream);
    if (question === undefined) return;
    const { assembler, answer } = question;
    const state = assembler.push(flags, bytes, start, end);
    if (state === "incomplete") return;
    this.#open.delete(stream);
    if (state === "fault") {
      return answer.reject(new MeshError("DATA_LOSS", `a broken answer: ${assembler.fault}`));
    }
    const text = new TextDecoder().decode(assembler.bytes.subarray(assembler.start, assembler.end));
    answer.resolve(JSON.parse(text));
  }

  /** The proxy is gone: every question ends. */
  close(error: MeshError): void {
    this.#closed = error;
    for (const { answer } of this.#open.values()) answer.reject(error);
    this.#open.clear();
  }
}
