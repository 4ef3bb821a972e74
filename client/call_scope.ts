/**
 * What all calls made through one {@linkcode Mesh} share: a browser's request, a handler's context, a part of
 * a page, or nothing at all.
 *
 * @module
 */

/** What ends with a scope: a call, or a scope within it. */
export interface ScopeMember {
  /** Its index among the members of its scope; -1: it is not there. The scope's own. */
  placeInScope: number;
  /** Nobody waits for it any more. */
  abort(reason: unknown): void;
}

/** Knows for whom a scope's calls are made, and calls {@linkcode CallScope.abort} when they have gone. */
export interface ScopeOwner {
  /** The first call that is under way has begun: there was none before it. */
  busy(): void;
}

/** The calls that end together: when the scope closes, all of them are aborted. */
export class CallScope implements ScopeMember {
  placeInScope = -1;
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
  readonly #signal: AbortSignal | undefined;
  readonly #outer: CallScope | undefined;
  readonly #owner: ScopeOwner | undefined;
  /** Whether anything can end it: else its calls are not kept. */
  readonly #endless: boolean;
  /** What is under way; made when it is first needed. */
  #members: ScopeMember[] | undefined;
  #ended: { readonly reason: unknown } | undefined;

  /** @param parts What ends the scope, and what it gives its calls; all of it is optional. */
  constructor(parts: {
    signal?: AbortSignal | undefined;
    outer?: CallScope | undefined;
    owner?: ScopeOwner | undefined;
    deadlineMs?: number | undefined;
    firstReply?: boolean;
    suspect?: boolean;
    user?: string | undefined;
    requestIdHigh?: number;
    requestIdLow?: number;
    traceparent?: Uint8Array | undefined;
  } = {}) {
    this.#signal = parts.signal;
    this.#outer = parts.outer;
    this.#owner = parts.owner;
    this.#endless = parts.signal === undefined && parts.owner === undefined &&
      parts.outer === undefined;
    this.deadlineMs = parts.deadlineMs ?? Infinity;
    this.firstReply = parts.firstReply ?? false;
    this.suspect = parts.suspect ?? false;
    this.user = parts.user;
    this.requestIdHigh = parts.requestIdHigh ?? 0;
    this.requestIdLow = parts.requestIdLow ?? 0;
    this.traceparent = parts.traceparent;
  }

  /** Why it has been aborted, if it has. */
  get reason(): unknown {
    return this.#ended === undefined ? this.#signal?.reason : this.#ended.reason;
  }

  /** Whether a call is under way, of those that the scope could end. */
  get isBusy(): boolean {
    return this.#members !== undefined && this.#members.length > 0;
  }

  /** A member begins. `false`: the scope has been aborted already. */
  add(member: ScopeMember): boolean {
    if (this.#endless) return true;
    if (this.#ended !== undefined || this.#signal?.aborted) return false;
    if (this.#members === undefined) {
      this.#members = [];
      this.#signal?.addEventListener("abort", this.#aborted, { once: true });
    }
    const members = this.#members;
    if (members.length === 0 && this.#outer?.add(this) === false) {
      this.abort(this.#outer.reason);
      return false;
    }
    member.placeInScope = members.length;
    members.push(member);
    if (members.length === 1) this.#owner?.busy();
    return true;
  }

  /** A member has ended, if it was added. */
  delete(member: ScopeMember): void {
    const place = member.placeInScope;
    if (place < 0) return;
    member.placeInScope = -1;
    const members = this.#members;
    if (members === undefined) return;
    const last = members.pop();
    if (last !== undefined && last !== member) {
      members[place] = last;
      last.placeInScope = place;
    }
    if (members.length === 0) this.#outer?.delete(this);
  }

  /** Ends every call of the scope, and those that begin later at once. */
  abort(reason: unknown): void {
    if (this.#ended !== undefined) return;
    this.#ended = { reason };
    if (this.#members === undefined) return;
    for (const member of [...this.#members]) member.abort(reason);
  }

  readonly #aborted = () => this.abort(this.#signal?.reason);
}
