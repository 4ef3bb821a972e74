/**
 * What a process asks its proxy beside its calls.
 *
 * @module
 */
import type { Outside } from "../outside/outside.ts";
import { cancelled } from "./call_errors.ts";
import { MeshError } from "../errors.ts";
import { CONTROL_BODY_MAX_BYTES } from "../limits.ts";
import { Assembler } from "../wire/assembler.ts";
import { FrameKind } from "../wire/frame.ts";
import type { FrameView } from "../wire/frame_view.ts";
import { type MessageSender, OutStream } from "./message_sender.ts";

/** How long an asker waits. */
export interface Patience {
  /** What it asks for, for the error. */
  readonly target: string;
  /** Until when, on the clock of this process, in ms. */
  readonly untilMs: number;
  readonly signal?: AbortSignal;
}

interface Question {
  readonly answer: PromiseWithResolvers<unknown>;
  readonly assembler: Assembler;
}

/** Questions under way, by their number. */
export class ProxyQuestions {
  readonly #sender: Pick<MessageSender, "send">;
  readonly #outside: Outside;
  readonly #open = new Map<number, Question>();
  #last = 0;
  #closed: MeshError | undefined;

  /**
   * @param sender The process's sender.
   * @param outside Its clock and timers.
   */
  constructor(sender: Pick<MessageSender, "send">, outside: Outside) {
    this.#sender = sender;
    this.#outside = outside;
  }

  /**
   * Puts a question to the proxy.
   *
   * @param question Plain data.
   * @param patience How long to wait.
   * @returns The answer, plain data.
   * @throws {MeshError} `DEADLINE_EXCEEDED` or `CANCELLED` when there is none in time.
   */
  ask(question: unknown, { target, untilMs, signal }: Patience): Promise<unknown> {
    if (this.#closed) return Promise.reject(this.#closed);
    if (signal?.aborted) return Promise.reject(cancelled(target, signal.reason, false));
    const stream = ++this.#last >>> 0;
    const out = new OutStream(stream);
    out.credit = Infinity;
    const body = new TextEncoder().encode(JSON.stringify(question));
    this.#sender.send(out, FrameKind.ASK, 0, body);
    const answer = Promise.withResolvers<unknown>();
    this.#open.set(stream, { answer, assembler: new Assembler(CONTROL_BODY_MAX_BYTES) });
    const giveUp = (error: MeshError) => {
      this.#open.delete(stream);
      answer.reject(error);
    };
    const timer = this.#outside.after(untilMs - this.#outside.now(), () => {
      const text = `${target}: the proxy has not said in time whom to ask`;
      giveUp(new MeshError("DEADLINE_EXCEEDED", text, { started: false, target }));
    });
    const onAbort = () => giveUp(cancelled(target, signal?.reason, false));
    signal?.addEventListener("abort", onAbort);
    return answer.promise.finally(() => {
      this.#outside.cancel(timer);
      signal?.removeEventListener("abort", onAbort);
    });
  }

  /** A fragment of an answer arrived. */
  answered(frame: FrameView): void {
    const question = this.#open.get(frame.stream);
    if (question === undefined) return;
    const { assembler, answer } = question;
    const state = assembler.push(frame);
    if (state === "incomplete") return;
    this.#open.delete(frame.stream);
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

  /** Questions that wait for their answer. */
  get open(): number {
    return this.#open.size;
  }
}
