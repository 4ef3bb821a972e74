/**
 * Takes a DNS query apart, as far as a server must understand one.
 *
 * @module
 */
import { DNS_ADDITIONALS_MAX } from "../limits.ts";
import { reached } from "../limits/reached.ts";
import { Buffer } from "node:buffer";
import { decode, type DecodedPacket, type Question } from "./dns_packet.ts";
import { type ClientSubnet, parseClientSubnet } from "./client_subnet.ts";

const HEADER_BYTES = 12;
const OPTION_CLIENT_SUBNET = 8;
const RESPONSE_BIT = 0x8000;
const OPCODE_MASK = 0x7800;
/** Smallest packet that every client takes, in bytes (RFC 1035). */
const UDP_MIN_BYTES = 512;

/** The client's EDNS (RFC 6891). */
export interface Edns {
  version: number;
  /** Largest answer over UDP that it takes, in bytes. */
  payloadBytes: number;
  subnet: ClientSubnet | undefined;
}

/** What came in. */
export type Query =
  /** Nothing that may be answered. */
  | { kind: "ignore" }
  /** Understood so far as to be refused; `id` and `flags` are the header's. */
  | { kind: "fault"; rcode: "FORMERR" | "NOTIMP"; id: number; flags: number }
  | {
    kind: "query";
    id: number;
    flags: number;
    question: Question;
    edns: Edns | undefined;
  };

/**
 * Parses a packet of any content. The counts in the header are looked at before anything is decoded, so
 * that no packet costs more than a query does.
 */
export function parseQuery(bytes: Uint8Array): Query {
  if (bytes.length < HEADER_BYTES) return { kind: "ignore" };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const id = view.getUint16(0), flags = view.getUint16(2);
  if (flags & RESPONSE_BIT) return { kind: "ignore" }; // answering answers makes loops
  if (flags & OPCODE_MASK) return { kind: "fault", rcode: "NOTIMP", id, flags };
  const questions = view.getUint16(4), answers = view.getUint16(6);
  const authorities = view.getUint16(8), additionals = view.getUint16(10);
  const fault = { kind: "fault" as const, rcode: "FORMERR" as const, id, flags };
  if (questions !== 1 || answers !== 0 || authorities > 1) return fault;
  if (additionals > DNS_ADDITIONALS_MAX) {
    reached("DNS_ADDITIONALS_MAX");
    return fault;
  }
  let packet: DecodedPacket;
  try {
    packet = decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
  } catch {
    return fault;
  }
  const [question] = packet.questions;
  if (question === undefined) return fault;
  // A name that its text does not give back byte for byte cannot be repeated in an answer.
  if (!/^[!-~]+$/.test(question.name) || hasDotInLabel(bytes)) return fault;
  const [opt, ...more] = packet.additionals.filter(({ type }) => type === "OPT");
  if (opt === undefined) return { kind: "query", id, flags, question, edns: undefined };
  if (more.length > 0 || opt.name !== ".") return fault;
  const subnets = (opt.options ?? []).filter(({ code }) => code === OPTION_CLIENT_SUBNET);
  const subnet = subnets[0]?.data && parseClientSubnet(subnets[0].data);
  if (subnets.length > 1 || (subnets.length === 1 && subnet === undefined)) return fault;
  return {
    kind: "query",
    id,
    flags,
    question,
    edns: {
      version: opt.ednsVersion ?? 0,
      payloadBytes: Math.max(UDP_MIN_BYTES, opt.udpPayloadSize ?? 0),
      subnet,
    },
  };
}

/** Whether a label of the question's name has a dot within, or the name is compressed. */
function hasDotInLabel(bytes: Uint8Array): boolean {
  let at = HEADER_BYTES;
  for (let length = bytes[at] ?? 0; length !== 0; length = bytes[at] ?? 0) {
    if (length > 63) return true;
    if (bytes.subarray(at + 1, at + 1 + length).includes(0x2e)) return true;
    at += length + 1;
  }
  return false;
}
