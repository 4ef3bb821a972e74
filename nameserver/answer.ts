/**
 * The answers of an authoritative name server, as a function from packet to packet.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import {
  type Answer,
  AUTHORITATIVE_ANSWER,
  encode,
  toRcode,
  TRUNCATED_RESPONSE,
} from "./dns_packet.ts";
import { DNS_ADDRESSES_MAX, DNS_UDP_MAX_BYTES } from "../limits.ts";
import { encodeClientSubnet, subnetText } from "./client_subnet.ts";
import { type Edns, parseQuery, type Query } from "./query.ts";
import { addressesOf, type AddressType, isType, rotated, serverOf } from "./selection.ts";
import type { Lookup } from "./types.ts";
import type { Zone } from "./zone.ts";

const UDP_WITHOUT_EDNS_BYTES = 512;
const OPCODE_AND_RD_MASK = 0x7900;
const EDNS_VERSION = 0;
/** The extended code BADVERS is 16: its upper bits stand in the OPT record. */
const BADVERS_UPPER = 1;

/** How a query was answered: its RCODE, `TRUNCATED`, or `IGNORED`. */
export type AnswerKind =
  | "NOERROR"
  | "NXDOMAIN"
  | "REFUSED"
  | "FORMERR"
  | "NOTIMP"
  | "SERVFAIL"
  | "BADVERS"
  | "TRUNCATED"
  | "IGNORED";

interface Draft {
  rcode: Exclude<AnswerKind, "TRUNCATED" | "IGNORED">;
  authoritative: boolean;
  answers: Answer[];
  authorities: Answer[];
  additionals: Answer[];
  /** Bits of the client's subnet that the answer depends on. */
  scopePrefix: number;
}

/** Options of {@linkcode Answerer}. */
export interface AnswererOptions {
  zone: Zone;
  /** Whether a web server passes its health check now. */
  healthy: (server: string) => boolean;
}

/** Answers queries; its only state is whose turn it is. */
export class Answerer {
  readonly #zone: Zone;
  readonly #healthy: (server: string) => boolean;
  readonly #turns = new Map<string, number>();
  /** Answers given, by kind. */
  readonly counters: Partial<Record<AnswerKind, number>> = {};

  constructor(options: AnswererOptions) {
    this.#zone = options.zone;
    this.#healthy = options.healthy;
  }

  /**
   * Answers one packet.
   *
   * @param bytes Whatever arrived.
   * @param client Address that it came from.
   * @param transport Over UDP an answer that is too large for the client is replaced by "ask over TCP".
   * @returns The answer; `undefined` when there must be none.
   */
  answer(bytes: Uint8Array, client: string, transport: "udp" | "tcp"): Uint8Array | undefined {
    const query = parseQuery(bytes);
    if (query.kind === "ignore") {
      this.#count("IGNORED");
      return undefined;
    }
    if (query.kind === "fault") {
      this.#count(query.rcode);
      return encode({
        type: "response",
        id: query.id,
        flags: (query.flags & OPCODE_AND_RD_MASK) | toRcode(query.rcode),
      });
    }
    const draft = this.#draft(query, client);
    const packet = encodeDraft(query, draft, 0);
    const limit = transport === "tcp"
      ? Infinity
      : Math.min(DNS_UDP_MAX_BYTES, query.edns?.payloadBytes ?? UDP_WITHOUT_EDNS_BYTES);
    if (packet.length <= limit) {
      this.#count(draft.rcode);
      return packet;
    }
    this.#count("TRUNCATED");
    return encodeDraft(query, {
      ...draft,
      answers: [],
      authorities: [],
      additionals: [],
    }, TRUNCATED_RESPONSE);
  }

  #draft(query: Extract<Query, { kind: "query" }>, client: string): Draft {
    const { question, edns } = query;
    if (edns !== undefined && edns.version > EDNS_VERSION) return draft("BADVERS", false);
    if (question.class !== "IN" && question.class !== "ANY") return draft("REFUSED", false);
    const found = this.#zone.lookup(question.name);
    if (found.kind === "foreign") return draft("REFUSED", false);
    if (question.type === "AXFR" || question.type === "IXFR") return draft("REFUSED", false);
    if (found.kind === "unknown") return this.#negative("NXDOMAIN");
    return this.#known(question.name, question.type, found, edns, client);
  }

  #known(
    name: string,
    type: string,
    found: Extract<Lookup, { kind: "known" }>,
    edns: Edns | undefined,
    client: string,
  ): Draft {
    if (type === "SOA" && found.apex) return { ...draft("NOERROR"), answers: [this.#soa(name)] };
    if (type === "NS" && found.apex) {
      const { nameServer: data, ttlSeconds: ttl } = this.#zone;
      const own = this.#zone.lookup(data);
      return {
        ...draft("NOERROR"),
        answers: [{ name, type: "NS", class: "IN", ttl, data }],
        additionals: (own.kind === "known" ? own.fixed : []).map((address) => ({
          name: data,
          type: isType(address, "A") ? "A" : "AAAA",
          class: "IN",
          ttl,
          data: address,
        })),
      };
    }
    // ANY gets one set of records, as RFC 8482 allows.
    const wanted = type === "ANY" ? this.#richest(found) : type;
    if (wanted !== "A" && wanted !== "AAAA") return this.#negative("NOERROR");
    const fixed = found.fixed.filter((address) => isType(address, wanted));
    const healthy = found.servers.filter(({ server }) => this.#healthy(server));
    const chosen = this.#choose(name, wanted, healthy, edns, client);
    const addresses = [...fixed, ...chosen.addresses];
    // Nobody to send browsers to: let them ask another name server, and remember nothing.
    const configured = addressesOf(found.servers, wanted).length > 0;
    if (addresses.length === 0 && healthy.length === 0 && configured) {
      return draft("SERVFAIL", false);
    }
    const base = addresses.length === 0 ? this.#negative("NOERROR") : draft("NOERROR");
    return {
      ...base,
      scopePrefix: chosen.scopePrefix,
      answers: addresses.map((data) => ({
        name,
        type: wanted,
        class: "IN",
        ttl: this.#zone.ttlSeconds,
        data,
      })),
    };
  }

  #choose(
    name: string,
    type: AddressType,
    healthy: Extract<Lookup, { kind: "known" }>["servers"],
    edns: Edns | undefined,
    client: string,
  ): { addresses: string[]; scopePrefix: number } {
    const able = healthy.filter(({ addresses }) =>
      addresses.some((address) => isType(address, type))
    );
    if (this.#zone.mode === "address-hash") {
      // A prefix of no bits is a client that does not want to be told apart.
      const subnet = edns?.subnet?.sourcePrefix ? edns.subnet : undefined;
      const server = serverOf(able, subnet ? subnetText(subnet) : client);
      return {
        addresses: server === undefined ? [] : addressesOf([server], type),
        scopePrefix: subnet?.sourcePrefix ?? 0,
      };
    }
    const turnOf = `${name.toLowerCase()} ${type}`;
    const turn = this.#turns.get(turnOf) ?? 0;
    this.#turns.set(turnOf, (turn + 1) % Number.MAX_SAFE_INTEGER);
    const addresses = addressesOf(rotated(able, turn), type).slice(0, DNS_ADDRESSES_MAX);
    return { addresses, scopePrefix: 0 };
  }

  #richest(found: Extract<Lookup, { kind: "known" }>): AddressType {
    const all = [...found.fixed, ...found.servers.flatMap(({ addresses }) => addresses)];
    return all.length > 0 && all.every((address) => isType(address, "AAAA")) ? "AAAA" : "A";
  }

  #negative(rcode: "NOERROR" | "NXDOMAIN"): Draft {
    return { ...draft(rcode), authorities: [this.#soa(this.#zone.name)] };
  }

  #soa(name: string): Answer {
    const { name: zone, nameServer, ttlSeconds } = this.#zone;
    return {
      name,
      type: "SOA",
      class: "IN",
      ttl: ttlSeconds,
      data: {
        mname: nameServer,
        rname: `hostmaster.${zone}`,
        serial: 1,
        refresh: 3_600,
        retry: 600,
        expire: 86_400,
        minimum: ttlSeconds,
      },
    };
  }

  #count(kind: AnswerKind): void {
    this.counters[kind] = (this.counters[kind] ?? 0) + 1;
  }
}

function draft(rcode: Draft["rcode"], authoritative = true): Draft {
  return { rcode, authoritative, answers: [], authorities: [], additionals: [], scopePrefix: 0 };
}

function encodeDraft(
  query: Extract<Query, { kind: "query" }>,
  { rcode, authoritative, answers, authorities, additionals, scopePrefix }: Draft,
  flags: number,
): Uint8Array {
  const { question, edns } = query;
  const extended = rcode === "BADVERS";
  return encode({
    type: "response",
    id: query.id,
    flags: (query.flags & OPCODE_AND_RD_MASK) | (authoritative ? AUTHORITATIVE_ANSWER : 0) | flags |
      (extended ? 0 : toRcode(rcode)),
    questions: [question],
    answers,
    authorities,
    additionals: edns === undefined ? additionals : [...additionals, {
      name: ".",
      type: "OPT",
      udpPayloadSize: DNS_UDP_MAX_BYTES,
      extendedRcode: extended ? BADVERS_UPPER : 0,
      ednsVersion: EDNS_VERSION,
      flags: 0,
      options: edns.subnet === undefined ? [] : [{
        code: "CLIENT_SUBNET",
        data: Buffer.from(encodeClientSubnet(edns.subnet, scopePrefix)),
      }],
    }],
  });
}
