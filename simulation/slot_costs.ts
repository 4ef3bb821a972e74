/**
 * What the use of slots costs, as their stand-ins see it.
 *
 * @module
 */

/** Counts of one side of a server's slots; they only grow. */
export class SlotCosts {
  /** Calls into what is the native library in a real process. */
  nativeCalls = 0;
  /** Signals to the other side: one write to an eventfd each. */
  signals = 0;
  /** Frames published. */
  frames = 0;
}
