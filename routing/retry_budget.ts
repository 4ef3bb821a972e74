/**
 * Retry budget: a token bucket into which every call pays a little and from which every retry takes one,
 * so that retries never multiply an overload. (Finagle's `RetryBudget`; gRPC A6 "retry throttling".)
 *
 * @module
 */
import { BUDGET_SAVED_MAX_FACTOR, RETRY_BUDGET_MIN, RETRY_BUDGET_RATIO } from "../limits.ts";
import { type CountedBound, reached } from "../limits/reached.ts";

type BudgetBound = Extract<CountedBound, "RETRY_BUDGET_RATIO" | "HEDGE_BUDGET_RATIO">;

/** Retries that one caller may spend. */
export class RetryBudget {
  readonly #ratio: number;
  readonly #capacity: number;
  readonly #bound: BudgetBound;
  #tokens: number;

  /**
   * @param ratio Retries earned per call. Default 0.1.
   * @param initial Retries available before any call was made. Default 10.
   * @param bound What is counted as met when there is no budget. Default: that of retries.
   */
  constructor(
    ratio: number = RETRY_BUDGET_RATIO,
    initial: number = RETRY_BUDGET_MIN,
    bound: BudgetBound = "RETRY_BUDGET_RATIO",
  ) {
    this.#bound = bound;
    this.#ratio = ratio;
    this.#tokens = initial;
    this.#capacity = initial * BUDGET_SAVED_MAX_FACTOR;
  }

  /** Retries that could be spent now. */
  get available(): number {
    // A sum of many tenths falls short of the whole by rounding.
    return Math.floor(this.#tokens + 1e-6);
  }

  /** A call was made (its first attempt). */
  called(): void {
    this.#tokens = Math.min(this.#capacity, this.#tokens + this.#ratio);
  }

  /**
   * Spends one retry.
   *
   * @returns `false` when the budget is used up: the call must end with the error it has.
   */
  tryRetry(): boolean {
    if (this.available < 1) {
      reached(this.#bound);
      return false;
    }
    this.#tokens = Math.max(0, this.#tokens - 1);
    return true;
  }
}
