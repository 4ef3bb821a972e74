/**
 * Bounds of settings, of the discovery of servers, and of name servers.
 *
 * @module
 */

/** Longest name of a server, of a group or of a service in the configuration, in characters: a longer one is refused. */
export const NAME_MAX_CHARS = 63;
/** Largest file of a secret, in bytes: a larger one is refused. */
export const SECRET_FILE_MAX_BYTES = 65_536;
/** Largest configuration file, in bytes: a larger one is refused. */
export const CONFIG_FILE_MAX_BYTES = 4 * 1024 * 1024;

/** Addresses that one source of addresses may give: further ones are left out. */
export const SOURCE_ADDRESSES_MAX = 1_024;
/** How often a name is looked up again by default (`?refreshMs=`): Deno's resolver does not tell a TTL. */
export const DNS_REFRESH_MS = 5_000;
/** Bounds of `?refreshMs=`: another value is refused. */
export const DNS_REFRESH_MIN_MS = 100;
/** See {@linkcode DNS_REFRESH_MIN_MS}. */
export const DNS_REFRESH_MAX_MS = 3_600_000;
/** Time a lookup in DNS may take: then it has failed. */
export const DNS_LOOKUP_MS = 5_000;
/** Life of a server's entry in etcd when the server does not renew it: the TTL of its lease. */
export const ETCD_LEASE_MS = 10_000;
/** How often the entry is renewed, and etcd asked for a sign of life. */
export const ETCD_RENEW_MS = 3_000;
/** Time a request to etcd may take: then it has failed. */
export const ETCD_REQUEST_MS = 3_000;
/** Largest message taken from etcd (all entries of a prefix, in base64): with a larger one, the request has failed. */
export const ETCD_MESSAGE_MAX_BYTES = 4 * 1024 * 1024;
/** First and longest pause before etcd is asked again; doubled in between, with jitter. */
export const ETCD_RETRY_MIN_MS = 100;
/** See {@linkcode ETCD_RETRY_MIN_MS}. */
export const ETCD_RETRY_MAX_MS = 5_000;

/** TCP connections that a name server has at the same time: further ones are closed at once. */
export const DNS_CONNECTIONS_MAX = 128;
/** A name server's TCP connection on which nothing arrives for so long is closed. */
export const DNS_IDLE_MS = 10_000;
/** Longest DNS query taken over TCP (a question, EDNS and what clients pad it with): the connection ends beyond it. */
export const DNS_QUERY_MAX_BYTES = 4_096;
/** Records after the question of a query, the OPT record and what a client may add (TSIG, SIG(0)): more are a `FORMERR`. */
export const DNS_ADDITIONALS_MAX = 4;
/** Largest DNS answer over UDP, which fits every path without fragments (RFC 9715): a larger one is cut. */
export const DNS_UDP_MAX_BYTES = 1_232;
/** Addresses in a DNS answer, so many as fit 512 bytes for names of usual length: the others are left out. */
export const DNS_ADDRESSES_MAX = 8;
/** How often another port is tried when "any port" is free for TCP and taken for UDP: then listening has failed. */
export const DNS_PORT_TRIES_MAX = 10;
/** How long DNS answers may be kept by default, in seconds (`nameServer.ttlSeconds`). */
export const DNS_TTL_DEFAULT_SECONDS = 30;
/** Longest time that DNS answers may be kept, in seconds (a web server that died is known for a day): more is refused. */
export const DNS_TTL_MAX_SECONDS = 86_400;
/** Time between the health checks of a web server by a name server. */
export const HEALTH_CHECK_MS = 1_000;
/** Time such a check may take: then it has failed. */
export const HEALTH_CHECK_TIMEOUT_MS = 1_000;
