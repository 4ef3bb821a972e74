/**
 * How a program of the benchmark tells where it serves, and that it ends when whoever started it is gone.
 *
 * @module
 */

/**
 * Prints one line to stdout: it is ready. From here on the program ends with its stdin.
 *
 * @param line What its starter waits for.
 */
export async function announce(line: string): Promise<void> {
  void Deno.stdin.readable.pipeTo(new WritableStream()).finally(() => Deno.exit(0));
  await Deno.stdout.write(new TextEncoder().encode(`${line}\n`));
}
