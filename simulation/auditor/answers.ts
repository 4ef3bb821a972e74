/**
 * What processes owe: requests that they were given and whose replies they have not sent whole, as their slots show it.
 *
 * @module
 */
import type { FrameStart } from "./frame_reader.ts";
import { type Direction, isProxy } from "./wire_checks.ts";

const REQUEST = 1, REPLY = 2, END = 3, ERROR = 4;
const FIRST = 1, LAST = 2, LAST_MESSAGE = 4;

/** Follows requests and replies through slots, and knows what each process still owes. */
export class Answers {
  /** Process → request ids by stream. */
  readonly #asked = new Map<string, Map<number, string>>();
  /** Request id → process → replies that it owes: a handler's onward calls have the same id. */
  readonly #owed = new Map<string, Map<string, number>>();

  /** A frame was seen in a slot. */
  frame({ kind, flags, stream, body }: FrameStart, { from, to }: Direction): void {
    if (isProxy(from)) {
      if (kind !== REQUEST || !(flags & FIRST)) return;
      const id = body.getBigUint64(8, true).toString(16).padStart(16, "0");
      const asked = this.#asked.get(to) ?? new Map<number, string>();
      this.#asked.set(to, asked.set(stream, id));
      this.#count(to, id, 1);
    } else if (isLast(kind, flags)) {
      const id = this.#asked.get(from)?.get(stream);
      if (id === undefined) return;
      this.#asked.get(from)!.delete(stream);
      this.#count(from, id, -1);
    }
  }

  /** The processes that owe a reply to a request with this id. */
  debtors(requestId: string): string[] {
    const owed = [...this.#owed.get(requestId) ?? []];
    return owed.filter(([, count]) => count > 0).map(([process]) => process);
  }

  #count(process: string, id: string, by: number): void {
    const owed = this.#owed.get(id) ?? new Map<string, number>();
    this.#owed.set(id, owed.set(process, (owed.get(process) ?? 0) + by));
  }
}

function isLast(kind: number, flags: number): boolean {
  if (kind === END) return true;
  if (!(flags & LAST)) return false;
  return kind === ERROR || (kind === REPLY && (flags & LAST_MESSAGE) !== 0);
}
