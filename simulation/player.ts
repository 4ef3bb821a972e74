/**
 * A thread that plays scenarios, and is replaced when one of them does not end.
 *
 * @module
 */
import type { PlayRequest, PlayResult } from "./play_thread.ts";

/** What a run may take of real time, in ms: usual are 50. */
const RUN_MS = 120_000;

/** Plays one scenario at a time in its thread, and ends the thread when that takes too long. */
export class Player implements Disposable {
  readonly #runMs: number;
  #thread: Worker | undefined;

  /** @param runMs What a run may take of real time, in ms; the shrinking of one may take ten times as long. */
  constructor(runMs: number = RUN_MS) {
    this.#runMs = runMs;
  }

  /** Plays. What falls, or does not end, is a fault of the run. */
  async play(request: PlayRequest): Promise<PlayResult> {
    const thread = this.#thread ??= new Worker(new URL("./play_thread.ts", import.meta.url), {
      type: "module",
    });
    const result = Promise.withResolvers<PlayResult>();
    const fell = (fault: string) => {
      this[Symbol.dispose]();
      result.resolve({ faults: [fault], own: [], events: 0, reached: [] });
    };
    const { port1: answer, port2: there } = new MessageChannel();
    answer.onmessage = ({ data }: MessageEvent<PlayResult>) => result.resolve(data);
    thread.onerror = (event) => {
      event.preventDefault();
      fell(`the run fell: ${event.message}`);
    };
    const ms = this.#runMs * (request.want === "report" ? 10 : 1);
    const watchdog = setTimeout(() => fell(`the run did not end within ${ms / 1_000} s`), ms);
    thread.postMessage(request, [there]);
    try {
      return await result.promise;
    } finally {
      clearTimeout(watchdog);
      answer.close();
    }
  }

  [Symbol.dispose](): void {
    this.#thread?.terminate();
    this.#thread = undefined;
  }
}
