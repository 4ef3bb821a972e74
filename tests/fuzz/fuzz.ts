/**
 * Fuzzes everything that takes bytes from another process:
 * `deno task fuzz [--seconds 60] [--seed n] [--target name]`.
 *
 * Inputs are mutations of good ones (bits flipped, numbers replaced by extreme ones, pieces cut, doubled and
 * swapped) and random bytes. The seed of each round is printed when it fails.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { corpus } from "./corpus.ts";
import { Random } from "../chaos/support/random.ts";
import { TARGETS } from "./targets.ts";

/** Bytes on both sides of an input that no target may change. */
const MARGIN = 64;
const EXTREMES = [0, 1, 0x7f, 0x80, 0xff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];

function mutate(seed: Uint8Array, random: Random): Uint8Array {
  let bytes = seed.slice();
  for (let times = 1 + random.below(6); times > 0 && bytes.length > 0; times--) {
    const at = random.below(bytes.length);
    switch (random.below(6)) {
      case 0:
        bytes[at]! ^= 1 << random.below(8);
        break;
      case 1:
        bytes[at] = random.below(256);
        break;
      case 2:
        if (at + 4 <= bytes.length) {
          const view = new DataView(bytes.buffer);
          view.setUint32(at, EXTREMES[random.below(EXTREMES.length)]!, true);
        }
        break;
      case 3:
        bytes = bytes.slice(0, at);
        break;
      case 4: {
        const piece = bytes.subarray(at, at + random.below(64));
        const joined = new Uint8Array(bytes.length + piece.length);
        joined.set(bytes);
        joined.set(piece, bytes.length);
        bytes = joined;
        break;
      }
      case 5:
        bytes.copyWithin(at, random.below(bytes.length), bytes.length);
        break;
    }
  }
  return bytes;
}

function randomBytes(random: Random): Uint8Array {
  const bytes = new Uint8Array(random.below(2_000));
  for (let at = 0; at < bytes.length; at++) bytes[at] = random.below(256);
  return bytes;
}

/**
 * One round: one input for one target.
 *
 * @param name The target.
 * @param seed What the round is made from.
 * @throws {Error} When the target misbehaves, with the seed.
 */
export function fuzzOnce(name: string, seed: number): void {
  const random = new Random(seed);
  const seeds = corpus(name);
  const input = random.below(4) === 0
    ? randomBytes(random)
    : mutate(seeds[random.below(seeds.length)]!, random);
  const bytes = new Uint8Array(input.length + 2 * MARGIN).fill(0xa5);
  bytes.set(input, MARGIN);
  try {
    TARGETS[name]!(bytes, MARGIN, MARGIN + input.length, random);
    for (let at = 0; at < MARGIN; at++) {
      if (bytes[at] !== 0xa5 || bytes[bytes.length - 1 - at] !== 0xa5) {
        throw new Error("it wrote outside its bytes");
      }
    }
  } catch (cause) {
    throw new Error(`target ${name}, seed ${seed}: ${cause}`, { cause });
  }
}

if (import.meta.main) {
  const flags = parseArgs(Deno.args, { string: ["seconds", "seed", "target"] });
  const seconds = Number(flags.seconds ?? 60);
  const first = Number(flags.seed ?? crypto.getRandomValues(new Uint32Array(1))[0]);
  const names = typeof flags.target === "string" ? [flags.target] : Object.keys(TARGETS);
  if (!names.every((name) => name in TARGETS)) {
    console.error(`no such target; there are ${Object.keys(TARGETS).join(", ")}`);
    Deno.exit(2);
  }
  console.log(`seed ${first}, ${seconds} s, targets ${names.join(", ")}`);
  const untilMs = performance.now() + seconds * 1_000;
  let rounds = 0;
  while (performance.now() < untilMs) {
    for (const name of names) fuzzOnce(name, (first + rounds) >>> 0);
    rounds++;
  }
  console.log(`${rounds * names.length} inputs, no fault`);
}
