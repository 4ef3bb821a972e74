/**
 * The median of ratios, and how sure it is.
 *
 * @module
 */

/** A median ratio. */
export interface Ratio {
  readonly median: number;
  /** The median lies between these with the probability below, whatever the distribution (order statistics). */
  readonly from: number;
  readonly to: number;
  readonly confidence: number;
  readonly pairs: number;
}

/**
 * The median of the ratios of pairs.
 *
 * @param a Numerators, at least two.
 * @param b Denominators, as many.
 */
export function medianRatio(a: readonly number[], b: readonly number[]): Ratio {
  const ratios = a.map((value, i) => value / b[i]!).sort((x, y) => x - y);
  const { length } = ratios;
  // The narrowest interval from the k-th smallest to the k-th largest that still holds the median with 95 %.
  let k = 1;
  while (2 * (k + 1) <= length && confidence(length, k + 1) >= 0.95) k++;
  return {
    median: round((ratios[(length - 1) >> 1]! + ratios[length >> 1]!) / 2),
    from: round(ratios[k - 1]!),
    to: round(ratios[length - k]!),
    confidence: round(confidence(length, k)),
    pairs: length,
  };
}

/** Probability that the median lies between the k-th smallest and the k-th largest of n. */
function confidence(n: number, k: number): number {
  let below = 0;
  let choose = 1;
  for (let i = 0; i < k; i++) {
    below += choose;
    choose = choose * (n - i) / (i + 1);
  }
  return 1 - 2 * below / 2 ** n;
}

function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
