/**
 * A number by which two long rows of bytes can be compared: equal ones have equal digests, on any machine.
 *
 * Two words, each stirred as in MurmurHash3; four bytes at a time, since every byte of a run passes here.
 *
 * @module
 */

const both = new ArrayBuffer(8);
const real = new DataView(both);

/** Takes bytes as they come; its value is the digest of all of them. */
export class Digest {
  #a = 0x811c_9dc5 | 0;
  #b = 0x9e37_79b9 | 0;

  /** More bytes. */
  bytes(bytes: Uint8Array): void {
    const { length } = bytes;
    const whole = length & ~3;
    for (let i = 0; i < whole; i += 4) {
      this.#word(bytes[i]! | bytes[i + 1]! << 8 | bytes[i + 2]! << 16 | bytes[i + 3]! << 24);
    }
    for (let i = whole; i < length; i++) this.#word(bytes[i]!);
    this.#word(length);
  }

  /** A number, to its last bit. */
  number(value: number): void {
    real.setFloat64(0, value, true);
    this.#word(real.getInt32(0, true));
    this.#word(real.getInt32(4, true));
  }

  /** 16 hexadecimal digits. */
  toString(): string {
    return [this.#a, this.#b].map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
  }

  #word(word: number): void {
    const stirred = Math.imul(word, 0xcc9e_2d51);
    const a = this.#a ^ Math.imul(stirred << 15 | stirred >>> 17, 0x1b87_3593);
    this.#a = Math.imul(a << 13 | a >>> 19, 5) + 0xe654_6b64 | 0;
    this.#b = Math.imul(this.#b ^ word, 0x0100_0193) + this.#a | 0;
  }
}
