/**
 * A stand-in for a mark device: alerts come as events of the process that watches.
 *
 * @module
 */
import { MeshError } from "../errors.ts";
import type { MarkDevice } from "../markdev/mark_device.ts";
import type { Descriptors } from "./descriptors.ts";
import type { SimProcess } from "./process.ts";

/** How long an alert takes, at least and at most, in ms. */
const ALERT_MS = [0.002, 0.08] as const;

/** Calls back whoever watches a mark that was signalled, or a life line that has ended. */
export class SimDevice implements MarkDevice {
  readonly mechanism = "reactor";
  readonly fallbackReason = undefined;
  readonly #process: SimProcess;
  readonly #descriptors: Descriptors;
  readonly #watches = new Set<Disposable>();
  #turnMs = 0;

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
    if (mark === undefined) throw notOpen(eventFd);
    let coming = false;
    const alert = () => {
      if (coming) return;
      coming = true;
      this.#later(() => {
        coming = false;
        if (!this.#watches.has(watch) || mark.signals === 0) return;
        mark.signals = 0;
        onAlert();
      });
    };
    mark.onSignal = alert;
    const watch = this.#watched(() => {
      if (mark.onSignal === alert) mark.onSignal = undefined;
    });
    if (mark.signals > 0) alert();
    return watch;
  }

  watchHangup(fd: number, onHangup: () => void): Disposable {
    const lifeline = this.#descriptors.lifeline(fd);
    if (lifeline === undefined) throw notOpen(fd);
    const ended = () =>
      this.#later(() => {
        if (!this.#watches.has(watch)) return;
        watch[Symbol.dispose]();
        onHangup();
      });
    lifeline.onEnd.add(ended);
    const watch = this.#watched(() => lifeline.onEnd.delete(ended));
    if (lifeline.ended) ended();
    return watch;
  }

  nextTurn(callback: () => void): void {
    const { dice, world } = this.#process;
    // Turns come one after the other.
    this.#turnMs = Math.max(this.#turnMs, world.nowMs + dice.between(...ALERT_MS));
    world.at(this.#turnMs, this.#process, callback);
  }

  #watched(stop: () => void): Disposable {
    const watch = {
      [Symbol.dispose]: () => {
        if (this.#watches.delete(watch)) stop();
      },
    };
    this.#watches.add(watch);
    return watch;
  }

  #later(happen: () => void): void {
    const { dice, world } = this.#process;
    // Not on the process's own clock: who signals is another one.
    world.at(world.nowMs + dice.between(...ALERT_MS), this.#process, happen);
  }

  [Symbol.dispose](): void {
    for (const watch of this.#watches) watch[Symbol.dispose]();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this[Symbol.dispose]();
    return Promise.resolve();
  }
}

function notOpen(fd: number): MeshError {
  const text = `watch file descriptor ${fd}: it is not open`;
  return new MeshError("UNAVAILABLE", text, { started: false });
}
