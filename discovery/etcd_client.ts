/**
 * What discovery needs of etcd v3, over its JSON gateway
 * (https://etcd.io/docs/v3.4/dev-guide/api_grpc_gateway/): keys and values in base64, 64-bit numbers as
 * texts, an answer that is a stream as one JSON object per line.
 *
 * @module
 */
import {
  ETCD_MESSAGE_MAX_BYTES,
  ETCD_REQUEST_MS,
  MALFORMED_SHOWN_MAX_CHARS,
  SOURCE_ADDRESSES_MAX,
} from "../limits.ts";
import { reached } from "../limits/reached.ts";

/** What stands under a prefix. */
export interface EtcdRange {
  /** The state of etcd that this is; a watch goes on from the next one. */
  readonly revision: bigint;
  /** Key → value. */
  readonly values: ReadonlyMap<string, string>;
  /** Whether there are more than the limit allows. */
  readonly more: boolean;
}

/** One change of a key. */
export interface EtcdEvent {
  readonly key: string;
  /** `undefined`: the key is gone. */
  readonly value: string | undefined;
}

interface KeyValue {
  readonly key: string;
  readonly value?: string;
}

interface Answer {
  readonly header?: { readonly revision?: string };
  readonly ID?: string;
  readonly TTL?: string;
  readonly kvs?: readonly KeyValue[];
  readonly more?: boolean;
  readonly created?: boolean;
  readonly canceled?: boolean;
  readonly events?: readonly { readonly type?: string; readonly kv: KeyValue }[];
  readonly error?: string | { readonly message?: string };
  readonly result?: Answer;
}

/** Requests to one endpoint of etcd. They fail when `signal` aborts, and after `ETCD_REQUEST_MS`. */
export class EtcdClient implements Disposable {
  readonly #endpoint: string;
  readonly #signal: AbortSignal;
  /** Of its own, so that its connections end with it. */
  readonly #http = Deno.createHttpClient({});

  /**
   * @param endpoint `"host:port"`.
   * @param signal Ends everything that is under way.
   */
  constructor(endpoint: string, signal: AbortSignal) {
    this.#endpoint = endpoint;
    this.#signal = signal;
  }

  [Symbol.dispose](): void {
    this.#http.close();
  }

  /** A new lease that lives so long, in ms; its id. */
  async grant(lifeMs: number): Promise<string> {
    const { ID } = await this.#call("lease/grant", { TTL: String(Math.ceil(lifeMs / 1_000)) });
    if (ID === undefined) throw new Error(`etcd at ${this.#endpoint} granted no lease`);
    return ID;
  }

  /** Renews a lease; `false` when there is no such lease (any more). */
  async keepAlive(lease: string): Promise<boolean> {
    const { result } = await this.#call("lease/keepalive", { ID: lease });
    return Number(result?.TTL ?? 0) > 0;
  }

  /** Ends a lease, and with it the keys that were put under it. */
  async revoke(lease: string): Promise<void> {
    await this.#call("lease/revoke", { ID: lease });
  }

  /** Sets a key, for as long as a lease lives. */
  async put(key: string, value: string, lease: string): Promise<void> {
    await this.#call("kv/put", { key: encode(key), value: encode(value), lease });
  }

  /** Reads everything under a prefix, as the majority of etcd's members knows it. */
  async range(prefix: string): Promise<EtcdRange> {
    const { header, kvs = [], more = false } = await this.#call("kv/range", {
      ...underPrefix(prefix),
      limit: String(SOURCE_ADDRESSES_MAX),
    });
    if (header?.revision === undefined) {
      throw new Error(`${this.#endpoint} does not answer as etcd`);
    }
    return {
      revision: BigInt(header.revision),
      values: new Map(kvs.map(({ key, value = "" }) => [decode(key), decode(value)])),
      more,
    };
  }

  /** Whether this member of etcd can tell what the majority knows: fails when not. */
  async ping(prefix: string): Promise<void> {
    await this.#call("kv/range", { ...underPrefix(prefix), count_only: true });
  }

  /**
   * Changes under a prefix, as they happen.
   *
   * @param prefix The prefix.
   * @param from The first state of interest.
   * @returns Ends when etcd cannot tell the changes since then (they are compacted): read again.
   */
  async *watch(prefix: string, from: bigint): AsyncGenerator<readonly EtcdEvent[], void> {
    const request = { ...underPrefix(prefix), start_revision: String(from) };
    for await (const { result } of this.#stream("watch", { create_request: request }, "first")) {
      if (result?.canceled === true) return;
      if (result?.events === undefined) continue;
      yield result.events.map(({ type, kv }) => ({
        key: decode(kv.key),
        value: type === "DELETE" ? undefined : decode(kv.value ?? ""),
      }));
    }
    throw new Error(`etcd at ${this.#endpoint} ended a watch`);
  }

  async #call(path: string, request: unknown): Promise<Answer> {
    for await (const answer of this.#stream(path, request, "all")) return answer;
    throw new Error(`etcd at ${this.#endpoint} gave an empty answer to ${path}`);
  }

  /**
   * @param timed What must come in time: all of the answer, or the first message of a stream that goes on.
   */
  async *#stream(path: string, request: unknown, timed: "all" | "first"): AsyncGenerator<Answer> {
    const end = new AbortController();
    const stop = (): void =>
      end.abort(new Error(`etcd at ${this.#endpoint} is not asked any more`));
    const timer = setTimeout(
      () =>
        end.abort(
          new Error(`etcd at ${this.#endpoint} did not answer within ${ETCD_REQUEST_MS} ms`),
        ),
      ETCD_REQUEST_MS,
    );
    this.#signal.addEventListener("abort", stop);
    try {
      this.#signal.throwIfAborted();
      const response = await fetch(`http://${this.#endpoint}/v3/${path}`, {
        method: "POST",
        body: JSON.stringify(request),
        signal: end.signal,
        client: this.#http,
      });
      for await (const text of lines(response)) {
        const answer = parse(text);
        const { error } = answer;
        if (!response.ok || error !== undefined) {
          const why = typeof error === "object" ? error.message : error;
          throw new Error(
            `etcd at ${this.#endpoint} refused ${path}: ${why ?? `status ${response.status}`}`,
          );
        }
        if (timed === "first") clearTimeout(timer);
        yield answer;
      }
    } catch (error) {
      throw end.signal.aborted ? end.signal.reason : error;
    } finally {
      clearTimeout(timer);
      this.#signal.removeEventListener("abort", stop);
      end.abort();
    }
  }
}

function underPrefix(prefix: string): { key: string; range_end: string } {
  const last = prefix.charCodeAt(prefix.length - 1);
  const end = prefix.slice(0, -1) + String.fromCharCode(last + 1);
  return { key: encode(prefix), range_end: encode(end) };
}

/** The lines of an answer, each bounded. */
async function* lines(response: Response): AsyncGenerator<string> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    const [first = "", ...others] = decoder.decode(chunk, { stream: true }).split("\n");
    const pieces = [text + first, ...others];
    text = pieces.pop() ?? "";
    if (text.length > ETCD_MESSAGE_MAX_BYTES) {
      reached("ETCD_MESSAGE_MAX_BYTES");
      throw new Error(`etcd sends a message of more than ${ETCD_MESSAGE_MAX_BYTES} bytes`);
    }
    yield* pieces.filter((line) => line !== "");
  }
  if (text !== "") yield text;
}

function parse(text: string): Answer {
  try {
    const value = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value;
  } catch {
    // It is told below.
  }
  throw new Error(`this is no answer of etcd: ${text.slice(0, MALFORMED_SHOWN_MAX_CHARS)}`);
}

function encode(text: string): string {
  return new TextEncoder().encode(text).toBase64();
}

function decode(base64: string): string {
  return new TextDecoder().decode(Uint8Array.fromBase64(base64));
}
