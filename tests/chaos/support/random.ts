/**
 * For tests: reproducible randomness. Every test prints its seed; `MESH_TEST_SEED` chooses it.
 *
 * @module
 */

/** Numbers that follow from a seed (mulberry32, Tommy Ettinger, public domain). */
export class Random {
  #state: number;

  /** @param seed 32 bits. */
  constructor(readonly seed: number) {
    this.#state = seed >>> 0;
  }

  /** Of the seed in the environment, or a new one; printed with the test's name. */
  static printed(about: string): Random {
    const wanted = Deno.env.get("MESH_TEST_SEED");
    const seed = wanted === undefined
      ? crypto.getRandomValues(new Uint32Array(1))[0]!
      : Number(wanted) >>> 0;
    console.log(`${about}: MESH_TEST_SEED=${seed}`);
    return new Random(seed);
  }

  /** 32 random bits. */
  u32(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  }

  /** A whole number from 0 to `count - 1`. */
  below(count: number): number {
    return this.u32() % count;
  }

  /** One of the items. */
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }

  /** Random bytes. */
  bytes(length: number): Uint8Array<ArrayBuffer> {
    return Uint8Array.from({ length }, () => this.u32() & 0xff);
  }
}
