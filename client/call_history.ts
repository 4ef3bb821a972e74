/**
 * What happened to a call so far, over all its attempts and its hedge: what it may still try, and what can be
 * said of it in the end.
 *
 * @module
 */

/** Of attempts that failed; shared by a call and its hedge. */
export class CallHistory {
  /** Whether an attempt that has ended may have begun. */
  started = false;
  /** Processes that died while they had it. */
  deaths: number;
  /** What the call does when its hedge has failed. */
  afterHedge: (() => void) | undefined;

  /** @param suspect Whether the call that makes it was in flight in a process that died. */
  constructor(suspect = false) {
    this.deaths = suspect ? 1 : 0;
  }

  /** Whether it was in flight in a process that died. */
  get suspect(): boolean {
    return this.deaths > 0;
  }

  /** The hedge has failed: a call that waits for that goes on. */
  hedgeFailed(): void {
    const { afterHedge } = this;
    this.afterHedge = undefined;
    afterHedge?.();
  }
}
