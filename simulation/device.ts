/**
 * A stand-in for a mark device: alerts come as events of the process that watches.
 *
 * @module
 */
import type { MarkDevice } from "../markdev/mark_device.ts";
import type { Descriptors } from "./descriptors.ts";
import type { SimProcess } from "./process.ts";

/** How long an alert takes, at least and at most, in ms. */
const ALERT_MS = [0.002, 0.08] as const;

/** See the module's description. */
export class SimDevice implements MarkDevice {
  readonly mechanism = "reactor";
  readonly fallbackReason = undefined;
  readonly #process: SimProcess;
  readonly #descriptors: Descriptors;

  /**
   * @param process Who waits.
   * @param descriptors What the numbers mean.
   */
  constructor(process: SimProcess, descriptors: Descriptors) {
    this.#process = process;
    this.#descriptors = descriptors;
  }

  watch(eventFd: number, onAlert: () => void): Disposable {
    const mark = this.#descriptors.mark(eventFd);
    let [watching, coming] = [true, false];
    const alert = () => {
      if (coming) return;
      coming = true;
      this.#later(() => {
        coming = false;
        if (!watching || mark.signals === 0) return;
        mark.signals = 0;
        onAlert();
      });
    };
    mark.onSignal = alert;
    if (mark.signals > 0) alert();
    return {
      [Symbol.dispose]: () => {
        watching = false;
        if (mark.onSignal === alert) mark.onSignal = undefined;
      },
    };
  }

  watchHangup(fd: number, onHangup: () => void): Disposable {
    const lifeline = this.#descriptors.lifeline(fd);
    let watching = true;
    const ended = () =>
      this.#later(() => {
        if (!watching) return;
        watching = false;
        onHangup();
      });
    lifeline.onEnd.add(ended);
    if (lifeline.ended) ended();
    return {
      [Symbol.dispose]: () => {
        watching = false;
        lifeline.onEnd.delete(ended);
      },
    };
  }

  nextTurn(callback: () => void): void {
    this.#later(callback);
  }

  #later(happen: () => void): void {
    const { dice, world } = this.#process;
    // Not on the process's own clock: who signals is another one.
    world.at(world.nowMs + dice.between(...ALERT_MS), this.#process, happen);
  }

  [Symbol.dispose](): void {}

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}
