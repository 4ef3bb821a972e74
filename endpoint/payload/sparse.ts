/**
 * Arrays with holes, however long they are.
 *
 * @module
 */
import type { PayloadEncoder } from "./encoder.ts";
import { Ext } from "./format.ts";
import { PayloadRefusal } from "./refusal.ts";

/** What goes in front of an array that turns out to have a hole: an extension's header and the length. */
const PREFIX_BYTES = 10;

/**
 * Goes on with an array at its first hole: its elements up to there are written, the others follow with their
 * indices.
 *
 * @param encoder The encoder.
 * @param array The array.
 * @param at Where to go on.
 * @param seen Where the array's header is, its length, and the index of the hole.
 * @returns The offset behind it.
 */
export function writeSparse(
  encoder: PayloadEncoder,
  array: readonly unknown[],
  at: number,
  { start, length, hole }: { start: number; length: number; hole: number },
): number {
  encoder.reserve(at, PREFIX_BYTES);
  encoder.bytes.copyWithin(start + PREFIX_BYTES, start, at);
  encoder.openExt(Ext.SPARSE, start);
  encoder.view.setUint32(start + 6, length);
  // The header keeps its size and gets another count.
  const header = start + PREFIX_BYTES;
  // It was written just before.
  const first = encoder.bytes[header]!;
  if (first < 0xdc) encoder.bytes[header] = 0x90 | hole;
  else if (first === 0xdc) encoder.view.setUint16(header + 1, hole);
  else encoder.view.setUint32(header + 1, hole);
  const later = indicesAfter(array, hole, length);
  at = encoder.writeArrayHeader(2 * later.length, at + PREFIX_BYTES);
  for (const index of later) {
    try {
      at = encoder.write(array[index], encoder.write(index, at));
    } catch (thrown) {
      throw PayloadRefusal.of(thrown).within(`[${index}]`, array);
    }
  }
  return encoder.closeExt(start, at);
}

function indicesAfter(array: readonly unknown[], hole: number, length: number): number[] {
  const indices: number[] = [];
  for (const key of Object.keys(array)) {
    const index = Number(key);
    if (index > hole && index < length && String(index >>> 0) === key) indices.push(index);
  }
  return indices;
}
