/**
 * Mutual proof of a shared secret: HMAC-SHA256 (RFC 2104) over who proves it to whom on this connection.
 *
 * Both nonces are in it, so a recorded proof is worth nothing on another connection; the direction is in it, so
 * a server cannot be made to answer with what it was sent. It proves who is there when the link begins; it
 * does not encrypt or sign what follows.
 *
 * @module
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { type RandomBytes, secureBytes } from "./random_bytes.ts";
import { type Hello, NONCE_BYTES } from "./link_messages.ts";

/** Which side proves: the one that dialled or the one that accepted. */
export type ProofSide = "dialler" | "acceptor";

const encoder = new TextEncoder();

/**
 * A new nonce: 32 hexadecimal digits.
 *
 * @param randomBytes Where chance comes from.
 */
export function newNonce(randomBytes: RandomBytes = secureBytes): string {
  const bytes = randomBytes(NONCE_BYTES);
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * The proof of `side`: 32 bytes, the body of its AUTH frame.
 *
 * @param secret The shared secret, not empty.
 * @param side Who proves.
 * @param dialler The HELLO of the side that dialled.
 * @param acceptor The HELLO of the side that accepted.
 */
export function proofOf(
  secret: string,
  side: ProofSide,
  dialler: Hello,
  acceptor: Hello,
): Uint8Array {
  const signed = signedText(side, dialler, acceptor);
  return new Uint8Array(createHmac("sha256", secret).update(signed).digest());
}

/** Whether `proof` is the one that {@linkcode proofOf} gives; compares in constant time. */
export function verifyProof(
  proof: Uint8Array,
  secret: string,
  side: ProofSide,
  dialler: Hello,
  acceptor: Hello,
): boolean {
  const right = proofOf(secret, side, dialler, acceptor);
  return proof.length === right.length && timingSafeEqual(proof, right);
}

/** A JSON array divides the parts unambiguously, whatever characters the names have. */
function signedText(
  side: ProofSide,
  dialler: Hello,
  acceptor: Hello,
): Uint8Array<ArrayBuffer> {
  return encoder.encode(JSON.stringify([
    "mesh link",
    side,
    dialler.major,
    dialler.name,
    dialler.epoch,
    dialler.nonce,
    acceptor.name,
    acceptor.epoch,
    acceptor.nonce,
  ]));
}
