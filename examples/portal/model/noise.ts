/**
 * Chance that every server draws alike: pure functions of a seed, so that two exec servers answer the same
 * question with the same price, score or forecast.
 *
 * @module
 */

/** A 32-bit hash of a text (FNV-1a), to make a seed out of a name. */
export function seedOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return hash >>> 0;
}

/** The `index`-th number of a seed's sequence, evenly spread over [0, 1). */
export function uniform(seed: number, index: number): number {
  // The finalizer of MurmurHash3: every input bit reaches every output bit.
  let hash = (seed ^ Math.imul(index | 0, 0x9e3779b1)) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 4_294_967_296;
}

/** The `index`-th number of a seed's normal sequence: mean 0, deviation 1 (Box and Muller). */
export function normal(seed: number, index: number): number {
  const radius = Math.sqrt(-2 * Math.log(1 - uniform(seed, index)));
  return radius * Math.cos(2 * Math.PI * uniform(seed ^ 0x5bd1e995, index));
}

/** A smooth curve through random heights in [-1, 1] at the whole numbers. */
export function smooth(seed: number, x: number): number {
  const left = Math.floor(x);
  const t = x - left;
  const a = uniform(seed, left) * 2 - 1;
  const b = uniform(seed, left + 1) * 2 - 1;
  return a + (b - a) * t * t * (3 - 2 * t);
}

/**
 * A random walk on [0, 1] that starts and ends at 0 (a Brownian bridge), in Lévy's construction by midpoints:
 * any point of it costs `depth` steps, so nobody has to keep the walk's history.
 *
 * @param seed Names the walk.
 * @param x Where, 0 to 1.
 * @param depth Halvings; the finest step is 2^-depth wide. At most 24.
 */
export function bridge(seed: number, x: number, depth: number): number {
  let [low, width, left, right, node] = [0, 1, 0, 0, 1];
  for (let level = 0; level < depth; level++) {
    const middle = (left + right) / 2 + normal(seed, node) * Math.sqrt(width) / 2;
    width /= 2;
    if (x < low + width) {
      right = middle;
      node = node * 2;
    } else {
      low += width;
      left = middle;
      node = node * 2 + 1;
    }
  }
  return left + (right - left) * (x - low) / width;
}
