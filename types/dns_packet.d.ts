// The part of dns-packet that we use; the package ships no types. See std.d.ts for how it is found.

declare module "dns-packet" {
  /** An EDNS option of an OPT record. */
  export interface Option {
    code: number | string;
    type?: string;
    data?: Uint8Array;
    /** CLIENT_SUBNET: 1 = IPv4, 2 = IPv6. */
    family?: number;
    sourcePrefixLength?: number;
    scopePrefixLength?: number;
    ip?: string;
  }
  export interface Question {
    name: string;
    type: string;
    class?: string;
  }
  export interface Answer {
    name: string;
    type: string;
    class?: string;
    ttl?: number;
    /** Depends on `type`: an address, a name, or an object. */
    data?: unknown;
    /** OPT records only. */
    udpPayloadSize?: number;
    extendedRcode?: number;
    ednsVersion?: number;
    flags?: number;
    flag_do?: boolean;
    options?: Option[];
  }
  export interface Packet {
    type?: "query" | "response";
    id?: number;
    flags?: number;
    questions?: Question[];
    answers?: Answer[];
    authorities?: Answer[];
    additionals?: Answer[];
  }
  export interface DecodedPacket extends Required<Packet> {
    opcode: string;
    rcode: string;
    flag_qr: boolean;
    flag_aa: boolean;
    flag_tc: boolean;
    flag_rd: boolean;
    flag_ra: boolean;
    flag_z: boolean;
    flag_ad: boolean;
    flag_cd: boolean;
  }
  export const AUTHORITATIVE_ANSWER: number;
  export const TRUNCATED_RESPONSE: number;
  export const RECURSION_DESIRED: number;
  export const RECURSION_AVAILABLE: number;
  export const AUTHENTIC_DATA: number;
  export const CHECKING_DISABLED: number;
  export const DNSSEC_OK: number;
  export function encode(packet: Packet, buffer?: Uint8Array, offset?: number): Uint8Array;
  export function decode(buffer: Uint8Array, offset?: number): DecodedPacket;
  export function encodingLength(packet: Packet): number;
  /** As `encode`, with the two bytes of length that DNS over TCP puts before a packet. */
  export function streamEncode(packet: Packet): Uint8Array;
  /** `null` while the packet is incomplete. */
  export function streamDecode(buffer: Uint8Array): DecodedPacket | null;
}

declare module "dns-packet/rcodes.js" {
  export function toRcode(name: string): number;
  export function toString(rcode: number): string;
}
