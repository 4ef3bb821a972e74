/**
 * A named value and what becomes of it on its way.
 *
 * @module
 */

/** Where a value lies when it is tried; the path of a refusal begins with it. */
export interface ValueCase {
  /** The row of the table in docs/services.md that it belongs to. */
  readonly kind: string;
  /** Names it, once. */
  readonly name: string;
  /** Makes it anew. */
  make(): unknown;
  /** What arrives, when that is not the value itself. */
  readonly as?: () => unknown;
  /** What follows the value's path in the error, when it is refused. */
  readonly refused?: RegExp;
}

/** Values that arrive as they were. */
export function equal(kind: string, makers: Record<string, () => unknown>): ValueCase[] {
  return Object.entries(makers).map(([name, make]) => ({ kind, name: `${kind}: ${name}`, make }));
}

/** Values that arrive as something else: what is sent, what arrives. */
export function changed(
  kind: string,
  pairs: Record<string, readonly [() => unknown, () => unknown]>,
): ValueCase[] {
  return Object.entries(pairs).map(([name, [make, as]]) => ({
    ...{ kind, name: `${kind}: ${name}`, make, as },
  }));
}

/** Values that are refused. */
export function refused(
  kind: string,
  values: Record<string, readonly [() => unknown, RegExp]>,
): ValueCase[] {
  return Object.entries(values).map(([name, [make, refused]]) => ({
    ...{ kind, name: `${kind}: ${name}`, make, refused },
  }));
}
