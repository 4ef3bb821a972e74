/**
 * What all calls made through one {@linkcode Mesh} share: a browser's request, a handler's context, or
 * nothing at all.
 *
 * @module
 */
import type { OutgoingCall } from "./outgoing_call.ts";

// deno-lint-ignore no-explicit-any -- calls of any type
type AnyCall = OutgoingCall<any>;

/** See the module's description. */
export class CallScope {
  /** Aborts every call of the scope. */
  readonly signal: AbortSignal | undefined;
  /** No call of the scope may take longer: a time on the clock of its process, in ms. */
  deadlineMs: number;
  /** Whether that is for the first reply of the call whose handler this is: its stream may go on. */
  readonly firstReply: boolean;
  /** Whether that call was in flight in a process that died: the calls that it makes may be what did it. */
  readonly suspect: boolean;
  /** The key of calls that name none. */
  readonly user: string | undefined;
  /** The request id, upper and lower half; 0 and 0: each call gets its own. */
  readonly requestIdHigh: number;
  /** See {@linkcode requestIdHigh}. */
  readonly requestIdLow: number;
  /** The W3C trace context that travels along, 25 bytes. */
  readonly traceparent: Uint8Array | undefined;
  /** Calls under way, each at its {@linkcode OutgoingCall.placeInScope}; only kept if there is a signal. */
  #calls: AnyCall[] | undefined;

  /** @param parts What the scope gives its calls; all of it is optional. */
  constructor(parts: {
    signal?: AbortSignal | undefined;
    deadlineMs?: number | undefined;
    firstReply?: boolean;
    suspect?: boolean;
    user?: string | undefined;
    requestIdHigh?: number;
    requestIdLow?: number;
    traceparent?: Uint8Array | undefined;
  } = {}) {
    this.signal = parts.signal;
    this.deadlineMs = parts.deadlineMs ?? Infinity;
    this.firstReply = parts.firstReply ?? false;
    this.suspect = parts.suspect ?? false;
    this.user = parts.user;
    this.requestIdHigh = parts.requestIdHigh ?? 0;
    this.requestIdLow = parts.requestIdLow ?? 0;
    this.traceparent = parts.traceparent;
  }

  /** A call begins. `false`: the scope has been aborted already. */
  add(call: AnyCall): boolean {
    if (this.signal === undefined) return true;
    if (this.signal.aborted) return false;
    if (this.#calls === undefined) {
      this.#calls = [];
      this.signal.addEventListener("abort", this.#aborted, { once: true });
    }
    call.placeInScope = this.#calls.length;
    this.#calls.push(call);
    return true;
  }

  /** A call has ended, if it was added. */
  delete(call: AnyCall): void {
    const place = call.placeInScope;
    if (place < 0) return;
    call.placeInScope = -1;
    const last = this.#calls!.pop()!;
    if (last === call) return;
    this.#calls![place] = last;
    last.placeInScope = place;
  }

  readonly #aborted = () => {
    for (const call of [...this.#calls!]) call.abort(this.signal!.reason);
  };
}
