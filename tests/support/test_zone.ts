/**
 * A zone and queries for the tests of this folder.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import {
  type Answer,
  decode,
  type DecodedPacket,
  encode,
  type Packet,
} from "../../nameserver/dns_packet.ts";
import { Answerer } from "../../nameserver/answer.ts";
import type { ZoneConfig } from "../../nameserver/types.ts";
import { Zone } from "../../nameserver/zone.ts";

export const web = [1, 2, 3].map((n) => ({
  server: `web-${n}`,
  addresses: [`10.0.0.${n}`, `fd00::${n}`],
}));

export const zoneConfig: ZoneConfig = {
  zone: "Portal.example",
  names: {
    "@": web,
    "www": web,
    "old": [{ server: "web-1", addresses: ["10.0.0.1"] }],
    "a.b": web,
  },
  nameServerAddresses: ["10.0.0.53", "fd00::53"],
};

/** An answerer of {@linkcode zoneConfig}; servers in `down` are not healthy. */
export function answererOf(
  facts: Partial<ZoneConfig> = {},
  down: ReadonlySet<string> = new Set(),
): Answerer {
  return new Answerer({
    zone: new Zone({ ...zoneConfig, ...facts }),
    healthy: (server) => !down.has(server),
  });
}

/** Asks and takes the answer apart. */
export function ask(
  answerer: Answerer,
  name: string,
  type = "A",
  options: { packet?: Packet; opt?: Partial<Answer>; client?: string; tcp?: boolean } = {},
): DecodedPacket {
  const query = encode({
    type: "query",
    id: 77,
    questions: [{ name, type, class: "IN" }],
    additionals: options.opt ? [{ name: ".", type: "OPT", ...options.opt }] : [],
    ...options.packet,
  });
  const answer = answerer.answer(
    query,
    options.client ?? "192.0.2.1",
    options.tcp ? "tcp" : "udp",
  );
  if (answer === undefined) throw new Error("no answer");
  return decode(Buffer.from(answer));
}

/** The data of the answers. */
export function dataOf(packet: DecodedPacket): unknown[] {
  return packet.answers.map(({ data }) => data);
}

/** An EDNS record with a client subnet. */
export function subnetOpt(ip: string, sourcePrefixLength: number): Partial<Answer> {
  return {
    udpPayloadSize: 1_232,
    options: [{ code: "CLIENT_SUBNET", ip, sourcePrefixLength, scopePrefixLength: 0 } as never],
  };
}
