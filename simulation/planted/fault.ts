/**
 * A planted fault, as plain data.
 *
 * @module
 */

/** One small fault: it changes one place of one file. */
export interface PlantedFault {
  /** What goes wrong, in words. */
  readonly name: string;
  /** The source file. */
  readonly file: string;
  /** What stands there once, and what stands there instead. */
  readonly find: string;
  readonly replace: string;
  /** Of a fault that this project has really had: what became of it. */
  readonly history?: string;
}
