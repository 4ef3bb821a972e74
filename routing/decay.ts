/**
 * How much of something is left when it fades with time.
 *
 * The last bit of `Math.exp` is the machine's business, and a last bit may decide between two servers. This one is
 * made of additions and multiplications alone: the same on every machine, and so is the simulation of a mesh.
 *
 * @module
 */

/** Up to here {@linkcode halves} reaches; what is left beyond is nothing. */
const HALVES = 1_000;

/** 1, 1/2, 1/4, … */
const halves = new Float64Array(HALVES);
for (let i = 0, half = 1; i < HALVES; i++, half /= 2) halves[i] = half;

/** 1/11!, …, 1/1!, 1/0!: the members of the exponential series. */
const SERIES: number[] = [1];
for (let i = 1, factorial = 1; i <= 11; i++) SERIES.unshift(1 / (factorial *= i));

/**
 * The share that is left, e^(-elapsed / decay).
 *
 * @param elapsedMs Time that has passed, in ms; more than 1 is left of what lies ahead.
 * @param decayMs Time in which all fades to 1/e, in ms.
 */
export function left(elapsedMs: number, decayMs: number): number {
  const fades = elapsedMs / decayMs;
  if (fades < 0) return 1 / left(-elapsedMs, decayMs);
  const power = Math.round(fades * Math.LOG2E);
  if (!(power < HALVES)) return 0;
  // The rest lies between -0.35 and 0.35, where a few members of the series are enough.
  const x = power * Math.LN2 - fades;
  let sum = 0;
  for (let i = 0; i < SERIES.length; i++) sum = sum * x + SERIES[i]!;
  return sum * halves[power]!;
}
