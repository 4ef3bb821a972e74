/**
 * What the name server is told.
 *
 * @module
 */

/** A web server as browsers reach it. */
export interface NamedServer {
  /** The server's name in the mesh: what its health is asked by. */
  readonly server: string;
  /** Its IPv4 and IPv6 addresses. */
  readonly addresses: readonly string[];
}

/** How the name server chooses among the healthy web servers of a name. */
export type AnswerMode =
  /** All of them, each time another one first. */
  | "round-robin"
  /** One, by the browser's address: a browser keeps its web server. */
  | "address-hash";

/** The zone that a name server is the authority for. */
export interface ZoneConfig {
  /** The zone's name: `"portal.example"`. */
  readonly zone: string;
  /** Name within the zone (`"www"`; `"@"`: the zone itself) → the web servers it stands for. */
  readonly names: Readonly<Record<string, readonly NamedServer[]>>;
  /** Default `"round-robin"`. */
  readonly mode?: AnswerMode;
  /** How long answers may be kept, in seconds: how long a browser may go to a server that died. Default 30. */
  readonly ttlSeconds?: number;
  /** This name server's own name, as the parent zone has it. Default `ns.<zone>`. */
  readonly nameServer?: string;
  /** Addresses of this name server; answered for {@linkcode nameServer} if that is in the zone. Default none. */
  readonly nameServerAddresses?: readonly string[];
}

/** What a name stands for. */
export type Lookup =
  /** The name is not in the zone at all. */
  | { kind: "foreign" }
  /** The zone has no such name. */
  | { kind: "unknown" }
  /** The name exists; both lists may be empty. */
  | {
    kind: "known";
    /** Web servers, whose health matters. */
    servers: readonly NamedServer[];
    /** Addresses that are answered whatever the health of anybody. */
    fixed: readonly string[];
    /** Whether it is the zone itself. */
    apex: boolean;
  };
