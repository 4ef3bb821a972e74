/**
 * What the other side of a slot did wrong.
 *
 * @module
 */
import { MeshError } from "../errors.ts";
import { type FaultReport, NativeFault } from "../native/fault.ts";

/** A fault of a slot: control words or frames that an honest side never writes, or a closed end. */
export class SlotFault extends NativeFault {
  /** Index of the slot. */
  readonly slot: number;

  /**
   * @param slot Index of the slot.
   * @param report What the native library found.
   */
  constructor(slot: number, report: FaultReport) {
    super({ ...report, text: `slot ${slot}: ${report.text}` });
    this.slot = slot;
  }

  /** True for every error that carries a fault of a slot. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return MeshError[Symbol.hasInstance](value) &&
      typeof (value as { slot?: unknown }).slot === "number" &&
      typeof (value as { fault?: unknown }).fault === "string";
  }
}
