/**
 * Chance from a seed: the same seed, the same numbers, on any machine.
 *
 * sfc32 of Chris Doty-Humphrey's PractRand; the seed is spread by MurmurHash3's finalizer.
 *
 * @module
 */

/** Draws numbers, and whatever else a run leaves to chance. */
export class Dice {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /**
   * @param seed Any integer.
   * @param purpose Dice of one seed for different purposes do not depend on each other.
   */
  constructor(readonly seed: number, readonly purpose = "") {
    let h = spread(seed >>> 0);
    for (let i = 0; i < purpose.length; i++) h = spread(h ^ purpose.charCodeAt(i) + i);
    this.#a = h;
    this.#b = spread(h + 0x9e37_79b9);
    this.#c = spread(Math.floor(seed / 0x1_0000_0000) ^ h);
    for (let i = 0; i < 12; i++) this.word();
  }

  /** Dice for one purpose. */
  for(purpose: string): Dice {
    return new Dice(this.seed, `${this.purpose}/${purpose}`);
  }

  /** 32 bits. */
  word(): number {
    const sum = (this.#a + this.#b + this.#counter++) | 0;
    this.#a = this.#b ^ this.#b >>> 9;
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21 | this.#c >>> 11) + sum) | 0;
    return sum >>> 0;
  }

  /** Uniform in [0, 1). */
  readonly real = (): number => this.word() / 0x1_0000_0000;

  /** A whole number from 0 to `below - 1`. */
  below(below: number): number {
    return Math.floor(this.real() * below);
  }

  /** Uniform between two bounds. */
  between(from: number, to: number): number {
    return from + this.real() * (to - from);
  }

  /** A size whose magnitude is uniform: as many small ones as large ones. */
  size(from: number, to: number): number {
    return Math.min(Math.floor(ofMagnitude(this.between(magnitude(from), magnitude(to + 1)))), to);
  }

  /** `true` in a share of all cases. */
  chance(share: number): boolean {
    return this.real() < share;
  }

  /** One of several. */
  pick<T>(of: readonly T[]): T {
    return of[this.below(of.length)]!;
  }

  /** A name, as often as its weight says. */
  weighted<K extends string>(weights: Readonly<Record<K, number>>): K {
    const entries = Object.entries(weights) as [K, number][];
    let at = this.real() * entries.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [name, weight] of entries) {
      at -= weight;
      if (at < 0) return name;
    }
    return entries[entries.length - 1]![0];
  }

  /** Bytes of chance. */
  bytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => this.word() & 0xff);
  }
}

/**
 * The logarithm to base 2, on straight lines between the powers: unlike that of `Math`, whose last bit is the
 * machine's business, it takes nothing but exact steps.
 */
function magnitude(value: number): number {
  const power = 31 - Math.clz32(value);
  return power + value / (1 << power) - 1;
}

/** Its inverse. */
function ofMagnitude(magnitude: number): number {
  const power = Math.floor(magnitude);
  return (1 << power) * (1 + magnitude - power);
}

function spread(word: number): number {
  let h = word | 0;
  h = Math.imul(h ^ h >>> 16, 0x85eb_ca6b);
  h = Math.imul(h ^ h >>> 13, 0xc2b2_ae35);
  return h ^ h >>> 16;
}
