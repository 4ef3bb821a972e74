/**
 * What a handler learns of its call. Everything that costs something is made when first asked for.
 *
 * @module
 */
import { CallScope } from "../client/call_scope.ts";
import type { MeshClient } from "../client/mesh_client.ts";
import type { Context, Log, Mesh } from "../client/types.ts";
import { parseMetadata } from "../wire/metadata.ts";
import { requestIdText } from "../wire/request_head.ts";
import type { Logger } from "../observe/log.ts";

/** What is the same for every call of a process. */
export interface ContextHost {
  /** Name of the server. */
  readonly server: string;
  /** Index of the slot. */
  readonly slot: number;
  /** For onward calls: those of another scope. */
  readonly mesh: Pick<MeshClient, "within">;
  /** The process's log. */
  readonly log: Logger;
  /** The time of day at which its clock was 0, in ms since 1970. */
  readonly timeOriginMs: number;
}

/** What the request's head said. */
export interface CallFacts {
  readonly target: string;
  readonly service: string;
  readonly handler: string;
  readonly key: string | undefined;
  readonly requestIdHigh: number;
  readonly requestIdLow: number;
  readonly traceparent: Uint8Array | undefined;
  /** Encoded metadata; `undefined`: none. */
  readonly metadata: Uint8Array | undefined;
  /** On the process's own clock, in ms. */
  readonly deadlineMs: number;
  /** Whether that is for the first reply alone. */
  readonly firstReply: boolean;
  /** Whether it was in flight in a process that died. */
  readonly suspect: boolean;
}

/** The `ctx` of one handler. */
export class CallContext implements Context {
  readonly #host: ContextHost;
  readonly #facts: CallFacts;
  #controller: AbortController | undefined;
  #abortReason: unknown;
  #aborted = false;
  #metadata: Readonly<Record<string, string>> | undefined;
  #mesh: Mesh | undefined;
  #scope: CallScope | undefined;
  #lifted = false;
  #log: Log | undefined;

  /**
   * @param host The process.
   * @param facts The call.
   */
  constructor(host: ContextHost, facts: CallFacts) {
    this.#host = host;
    this.#facts = facts;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#aborted) this.#controller.abort(this.#abortReason);
    }
    return this.#controller.signal;
  }

  get deadline(): number {
    return this.#lifted ? Infinity : this.#host.timeOriginMs + this.#facts.deadlineMs;
  }

  get key(): string | undefined {
    return this.#facts.key;
  }

  get requestId(): string {
    return requestIdText(this.#facts.requestIdHigh, this.#facts.requestIdLow);
  }

  get metadata(): Readonly<Record<string, string>> {
    if (this.#metadata === undefined) {
      const { metadata } = this.#facts;
      this.#metadata = Object.freeze(metadata === undefined ? {} : parseMetadata(metadata) ?? {});
    }
    return this.#metadata;
  }

  get server(): string {
    return this.#host.server;
  }

  get slot(): number {
    return this.#host.slot;
  }

  get mesh(): Mesh {
    if (this.#mesh !== undefined) return this.#mesh;
    const { deadlineMs, firstReply, suspect } = this.#facts;
    return this.#mesh = this.#host.mesh.within(
      this.#scope = new CallScope({
        signal: this.signal,
        deadlineMs: this.#lifted ? Infinity : deadlineMs,
        firstReply,
        suspect,
        requestIdHigh: this.#facts.requestIdHigh,
        requestIdLow: this.#facts.requestIdLow,
        traceparent: this.#facts.traceparent,
      }),
    );
  }

  get log(): Log {
    return this.#log ??= this.#host.log.forUser(this.#logFields);
  }

  /** For what mesh itself has to say of the call: limited by kind, since callers can cause it. */
  get ownLog(): Log {
    return this.#host.log.with(this.#logFields);
  }

  get #logFields(): Record<string, string> {
    const { service, handler } = this.#facts;
    return { service, handler, requestId: this.requestId };
  }

  /** The first item of its stream is on its way: from now on there is no deadline, if that was for the first reply. */
  lift(): void {
    this.#lifted = true;
    if (this.#scope !== undefined) this.#scope.deadlineMs = Infinity;
  }

  /** Nobody waits for the call any more. */
  abort(reason: unknown): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#abortReason = reason;
    this.#controller?.abort(reason);
  }
}
