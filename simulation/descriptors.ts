/**
 * Numbers for what processes wait on: marks and life lines, as file descriptors name them in a real process.
 *
 * @module
 */
import { SimMark } from "./slot_memory.ts";

/** A connection on which nothing is said, and whose end is all that matters. */
export class Lifeline {
  ended = false;
  readonly onEnd = new Set<() => void>();

  /** One of the two sides is gone. */
  end(): void {
    if (this.ended) return;
    this.ended = true;
    for (const told of this.onEnd) told();
  }
}

/** Gives out numbers, and finds what they stand for. */
export class Descriptors {
  readonly #marks = new Map<number, SimMark>();
  readonly #lifelines = new Map<number, Lifeline>();
  #last = 2;

  /** A number for a mark. */
  addMark(mark: SimMark): number {
    this.#marks.set(++this.#last, mark);
    return this.#last;
  }

  /** A number for a life line. */
  addLifeline(lifeline: Lifeline): number {
    this.#lifelines.set(++this.#last, lifeline);
    return this.#last;
  }

  /** The mark with a number; `undefined`: it is not open. */
  mark(fd: number): SimMark | undefined {
    return this.#marks.get(fd);
  }

  /** The life line with a number; `undefined`: it is not open. */
  lifeline(fd: number): Lifeline | undefined {
    return this.#lifelines.get(fd);
  }

  /** A number is not used any more. */
  close(fd: number): void {
    this.#marks.delete(fd);
    this.#lifelines.delete(fd);
  }
}
