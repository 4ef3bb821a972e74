/**
 * The service that a soak run calls.
 *
 * @module
 */

/**
 * FNV-1a of bytes, 32 bits.
 *
 * Glenn Fowler, Landon Curt Noll, Kiem-Phong Vo: http://www.isthe.com/chongo/tech/comp/fnv/
 */
export function fingerprint(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/** Code of the module `soak.js`. */
export const SOAK_SERVICE = `
${fingerprint}
export const service = { idempotent: ["printAgain"] };
export const print = ({ nonce, payload }) => ({ nonce, print: fingerprint(payload), payload });
export const printAgain = print;
export const slow = ({ nonce, ms }, { signal }) => new Promise((resolve, reject) => {
  const timer = setTimeout(() => resolve(nonce), ms);
  signal.addEventListener("abort", () => { clearTimeout(timer); reject(signal.reason); });
});
export async function* items({ nonce, count }) {
  for (let i = 0; i < count; i++) {
    if (i % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    yield { nonce, i, fill: "x".repeat(i * 20) };
  }
}
`;
