/**
 * The health of one web server, as a sequence of checks tells it.
 *
 * @module
 */

/** Failed checks in a row that take a server out. */
export const CHECKS_TO_FALL = 2;
/** Passed checks in a row that bring a server back. */
export const CHECKS_TO_RISE = 2;

/** Turns single checks into a steady verdict: one lost packet changes nothing. */
export class Health {
  #healthy = false;
  #known = false;
  /** Checks in a row that contradict the verdict. */
  #contrary = 0;

  /** `false` until the first check has passed: nobody is sent to a server of which nothing is known. */
  get healthy(): boolean {
    return this.#healthy;
  }

  /**
   * Something surer than a check says that the server is gone: it is out at once.
   *
   * @returns Whether the verdict has changed.
   */
  fail(): boolean {
    const changed = this.#healthy;
    this.#known = true;
    this.#healthy = false;
    this.#contrary = 0;
    return changed;
  }

  /**
   * Takes the result of a check. The first one counts at once.
   *
   * @returns Whether the verdict has changed.
   */
  record(passed: boolean): boolean {
    if (this.#known && passed === this.#healthy) {
      this.#contrary = 0;
      return false;
    }
    this.#contrary++;
    if (this.#known && this.#contrary < (passed ? CHECKS_TO_RISE : CHECKS_TO_FALL)) return false;
    const changed = this.#healthy !== passed;
    this.#known = true;
    this.#healthy = passed;
    this.#contrary = 0;
    return changed;
  }
}
