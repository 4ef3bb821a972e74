/**
 * Processes that this one has started: how they end.
 *
 * Imports nothing, since test programs of users start servers, too.
 *
 * @module
 */

/** A process that this one has started, until it ends. */
export class ChildProcess {
  /** How it has ended. */
  readonly ended: Promise<Deno.CommandStatus>;
  readonly #process: Deno.ChildProcess;
  #running = true;

  /** @param process Just started. */
  constructor(process: Deno.ChildProcess) {
    this.#process = process;
    this.ended = process.status.finally(() => this.#running = false);
  }

  /** Its process id. */
  get pid(): number {
    return this.#process.pid;
  }

  /** Sends a signal, unless the process has ended. */
  kill(signal: Deno.Signal): void {
    if (!this.#running) return;
    try {
      this.#process.kill(signal);
    } catch (error) {
      // Deno knows of its end a moment before its status is settled.
      if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
    }
  }

  /**
   * Ends it: SIGTERM, and SIGKILL if it has not ended in time.
   *
   * @param atMostMs How long it may take, in ms.
   */
  async end(atMostMs: number): Promise<void> {
    this.kill("SIGTERM");
    const timer = setTimeout(() => this.kill("SIGKILL"), atMostMs);
    await this.ended;
    clearTimeout(timer);
  }
}

/** How a process has ended, for people: `"exit code 1"`, or the name of the signal that killed it: `"SIGKILL"`. */
export function howItEnded({ code, signal }: Deno.CommandStatus): string {
  return signal ?? `exit code ${code}`;
}

/**
 * Reads what a process writes, to its end.
 *
 * @param stream Its stdout or stderr.
 * @param onText Called with all that there is so far, whenever there is more.
 * @returns All of it.
 */
export async function readText(
  stream: ReadableStream<Uint8Array>,
  onText: (text: string) => void = () => {},
): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) onText(text += decoder.decode(chunk, { stream: true }));
  return text;
}

/** The first line of a text; `undefined` while it has not ended. */
export function firstLineOf(text: string): string | undefined {
  const end = text.indexOf("\n");
  return end < 0 ? undefined : text.slice(0, end);
}
