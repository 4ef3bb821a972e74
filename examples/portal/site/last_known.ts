/**
 * The last answers of services, in the memory of the web process: better than nothing when a service is away, as long
 * as the page says how old they are.
 *
 * @module
 */
import { Lru } from "../model/lru.ts";

/** Most answers that a web process keeps. */
const ANSWERS_MAX = 500;

/** An answer and when it came. */
export interface Known<T> {
  answer: T;
  /** Milliseconds since the epoch. */
  at: number;
}

/** Answers by question. */
export class LastKnown<T> {
  readonly #answers: Lru<string, Known<T>>;
  readonly #now: () => number;

  /**
   * @param capacity Most answers; default 500. The one not used for longest goes.
   * @param now A clock in milliseconds since the epoch.
   */
  constructor(capacity: number = ANSWERS_MAX, now: () => number = Date.now) {
    this.#answers = new Lru(capacity);
    this.#now = now;
  }

  /** Keeps an answer in the place of the one before. */
  keep(question: string, answer: T): void {
    this.#answers.set(question, { answer, at: this.#now() });
  }

  /** The last answer to a question; `undefined` when there is none. */
  get(question: string): Known<T> | undefined {
    return this.#answers.get(question);
  }
}
