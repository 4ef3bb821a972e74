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

/**
 * The share that is left, e^(-elapsed / decay).
 *
 * @param elapsedMs Time that has passed, in ms; more than 1 is left of what lies ahead.
 * @param decayMs Time in which all fades to 1/e, in ms.
 */
export function left(elapsedMs: number, decayMs: number): number {
  const fades = elapsedMs / decayMs;
  if (fades < 0) return 1 / left(-elapsedMs, decayMs);
  const power = Math.floor(fades * Math.LOG2E + 0.5);
  if (!(power < HALVES)) return 0;
  // The rest lies between -0.35 and 0.35, where eleven members of the series are enough.
  const x = power * Math.LN2 - fades;
  // `power` lies below their number.
  return exponential(x) * halves[power]!;
}

/** e^x for a small x, by the first members of its series: written out, since this is done for each call. */
function exponential(x: number): number {
  const upper = (1 / 5_040) +
    x * ((1 / 40_320) + x * ((1 / 362_880) + x * ((1 / 3_628_800) + x / 39_916_800)));
  const lower = 1 / 2 + x * (1 / 6 + x * (1 / 24 + x * (1 / 120 + x * (1 / 720 + x * upper))));
  return 1 + x * (1 + x * lower);
}
