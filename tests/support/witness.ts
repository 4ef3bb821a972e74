/**
 * Hears from processes of a mesh under test what happened in them (see fixtures/tell.ts).
 *
 * @module
 */

/** How long a test waits for something that must happen, in ms: a guard, not an expectation. */
const GUARD_MS = 20_000;

/** A listening port, and the lines that came. */
export class Witness implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #lines: string[] = [];
  readonly #listening: Promise<void>;
  #heardMore = Promise.withResolvers<void>();

  constructor() {
    this.#listening = this.#listen();
  }

  /** What a service needs to tell about a call. */
  about(id: string = crypto.randomUUID()): { witness: number; id: string } {
    return { witness: (this.#listener.addr as Deno.NetAddr).port, id };
  }

  /** How often a line has come. */
  count(line: string): number {
    return this.#lines.filter((heard) => heard === line).length;
  }

  /** Waits until one of these lines has come. */
  async heard(...lines: string[]): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const guard = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () =>
          reject(
            new Error(`not heard: "${lines.join('" or "')}"; heard: ${this.#lines.join("; ")}`),
          ),
        GUARD_MS,
      );
    });
    try {
      while (!lines.some((line) => this.count(line) > 0)) {
        await Promise.race([this.#heardMore.promise, guard]);
      }
    } finally {
      clearTimeout(timer);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#listening;
  }

  async #listen(): Promise<void> {
    for await (const connection of this.#listener) {
      this.#lines.push(await new Response(connection.readable).text());
      this.#heardMore.resolve();
      this.#heardMore = Promise.withResolvers();
    }
  }
}
