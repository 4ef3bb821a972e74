/**
 * Writing to stdout and stderr when nobody may be reading any more.
 *
 * @module
 */

/** The part of `Deno.stdout` that is needed. */
interface Sink {
  write(bytes: Uint8Array): Promise<number>;
}

/**
 * Writes all of a text or of bytes.
 *
 * @param sink `Deno.stdout` or `Deno.stderr`.
 * @param content What to write.
 * @returns `false` when the reader has gone away, which is no fault (`mesh call … | head -1`).
 */
export async function writeAll(sink: Sink, content: string | Uint8Array): Promise<boolean> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  try {
    for (let at = 0; at < bytes.length;) at += await sink.write(bytes.subarray(at));
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) return false;
    throw error;
  }
}

/**
 * Writes a text to somebody who may have stopped reading: a program must not stay for him.
 *
 * @param boundMs How long to wait at most.
 * @param sink `Deno.stderr`.
 * @param text What to write.
 */
export async function writeWithin(boundMs: number, sink: Sink, text: string): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, boundMs);
  await Promise.race([late, writeAll(sink, text)]);
  clearTimeout(timer);
}
