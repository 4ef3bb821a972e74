/**
 * The schema of `mesh.json`: the one place that says which settings exist, what they may be, what they
 * default to and what they mean. `mesh.schema.json` and `docs/configuration.md` are made from it.
 *
 * Each check carries one text that says what is allowed: it is the message of the fault.
 *
 * @module
 */
import { isIP } from "node:net";
import { z } from "zod";
import {
  COOKIE_MAX_AGE_DAYS,
  DNS_TTL_DEFAULT_SECONDS,
  DNS_TTL_MAX_SECONDS,
  DRAIN_MS,
  MESSAGE_DEFAULT_BYTES,
  MESSAGE_MIN_BYTES,
  PROCESSES_DEFAULT_MAX,
  SLOT_QUEUE_MAX_BYTES,
  SLOTS_DEFAULT,
  SLOTS_MAX,
  SPACE_DEFAULT_BYTES,
  SPACE_MAX_BYTES,
  SPACE_MIN_BYTES,
  TIMEOUT_DEFAULT_MS,
  TIMEOUT_MAX_MS,
} from "../limits.ts";
import { parseSourceAddress, SOURCE_ADDRESS_ALLOWED } from "./source_address.ts";
import { SERVER_NAME, SERVER_NAME_ALLOWED } from "../routing/server_name.ts";
import { parseAddress } from "../address.ts";
import { isBlank, SECRET_ALLOWED } from "./secret.ts";
import { ANSWER_MODES, LOG_FORMATS, LOG_LEVELS, ON_UNCAUGHT, ROLES } from "./choices.ts";

const text = (allowed: string) => z.string({ error: allowed }).min(1, { error: allowed });
const oneOf = <const T extends readonly string[]>(values: T) =>
  z.enum(values, { error: `one of ${values.map((value) => `"${value}"`).join(", ")}` });
const bool = () => z.boolean({ error: "true or false" });
const whole = (unit: string, min: number, max: number) => {
  const error = `a whole number${unit && ` of ${unit}`} from ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
};
const list = <T extends z.ZodType>(item: T, allowed: string) => z.array(item, { error: allowed });
const section = <T extends z.ZodRawShape>(shape: T) => z.strictObject(shape, "an object");

const listenAddress = () => {
  const error = 'host:port, port 0 for any free one, IPv6 in brackets, e.g. "127.0.0.1:8080"';
  return z.string({ error }).refine((value) => parseAddress(value, { anyPort: true }) !== null, {
    error,
  });
};
const dialAddress = () => {
  const error = 'host:port, IPv6 in brackets, e.g. "127.0.0.1:7401"';
  return z.string({ error }).refine((value) => parseAddress(value) !== null, { error });
};
const sourceAddress = () => {
  const error = SOURCE_ADDRESS_ALLOWED;
  return z.string({ error }).refine((value) => parseSourceAddress(value) !== null, { error });
};

const name = () =>
  z.string({ error: SERVER_NAME_ALLOWED }).regex(SERVER_NAME, { error: SERVER_NAME_ALLOWED });

const processes = (each = "") =>
  whole("processes", 1, SLOTS_MAX - 1).optional().describe(
    `Number of worker processes${each}. Default: ${PROCESSES_DEFAULT_MAX}, or the machine's cores if they are fewer.`,
  );

const onUncaught = (what: string) =>
  oneOf(ON_UNCAUGHT).default("replace").describe(
    `What happens to a process whose ${what} does not catch an error: "replace": a new process is started, and the ` +
      'old one ends when it has finished what is under way; "continue": nothing, the error is logged and counted; ' +
      '"exit": the process ends at once, and its calls fail.',
  );

const cookie = section({
  name: z.string({ error: "a cookie's name" })
    .regex(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}$/, { error: "a cookie's name (a token of HTTP)" })
    .default("mesh_user").describe("Name of the cookie that holds the user's identity."),
  issue: bool().default(false).describe(
    "Whether a browser without the cookie gets one. Responses that a cache may keep for others, errors and " +
      "permanent redirects never bring it: docs/services.md, Sites.",
  ),
  maxAgeDays: whole("days", 1, COOKIE_MAX_AGE_DAYS).default(365).describe(
    "How long an issued cookie lives, in days.",
  ),
  secure: bool().default(false).describe("Whether an issued cookie is for HTTPS alone."),
});

const web = section({
  listen: listenAddress().default("127.0.0.1:8080").describe("Where browsers are served."),
  processes: processes(),
  site: text("a path of a module").optional().describe(
    "The site's module. A server with the web role needs one.",
  ),
  cookie: cookie.prefault({}).describe("How the site knows its users."),
  onUncaught: onUncaught("site"),
});

const grant = (what: string) =>
  z.union([z.boolean(), z.array(z.string())], { error: "true, false or a list of texts" })
    .optional().describe(`${what} \`true\`: everything; a list: only these; absent: nothing.`);

const permissions = section({
  read: grant("Files and directories that handlers may read."),
  write: grant("Files and directories that handlers may write."),
  net: grant("Hosts that handlers may connect to."),
  env: grant("Environment variables that handlers may use."),
  run: grant("Programs that handlers may start."),
  ffi: grant("Native libraries that handlers may load."),
  sys: grant("System facts that handlers may ask for."),
});

const exec = section({
  processes: processes(" of each project that the services belong to"),
  services: list(
    text("a path of a module, a glob or a directory"),
    "a list of paths of modules, globs and directories",
  ).optional().describe(
    "The services' modules: paths, globs, and directories (every .ts, .tsx, .js and .mjs file directly " +
      "in it but tests and .d.ts). A server with the exec role needs at least one.",
  ),
  permissions: permissions.optional().describe(
    "What handlers may do. Everything else is denied. Absent: they are not sandboxed.",
  ),
  onUncaught: onUncaught("services' code"),
});

const LABELS =
  /^(?=.{1,253}\.?$)(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?(?:\.(?!$)|\.?$))+$/;
const dnsName = () => {
  const error = 'a name of the DNS, e.g. "portal.example"';
  return z.string({ error }).regex(LABELS, { error });
};
const ipAddress = () => {
  const error = "an IPv4 or IPv6 address";
  return z.string({ error }).refine((value) => isIP(value) !== 0, { error });
};
const httpPage = () => {
  const error = "an address that begins with http:// or https://";
  return z.string({ error }).refine((value) => URL.canParse(value) && /^https?:/.test(value), {
    error,
  });
};
const ZONE_NAME = 'a name within the zone, e.g. "www", or "@" for the zone itself';
const PATH = 'a path that begins with "/"';
const nameServer = section({
  listen: listenAddress().default("127.0.0.1:5353").describe(
    "Where DNS is answered, over UDP and TCP.",
  ),
  zone: dnsName().optional().describe(
    "The zone that the name server answers for. A server with the role name needs one.",
  ),
  names: z.record(
    z.string().regex(new RegExp(`^@$|${LABELS.source}`), { error: ZONE_NAME }),
    list(
      section({
        server: name().describe(
          "The web server's name. If the name server is linked to it: the name of its mesh server.",
        ),
        addresses: list(ipAddress(), "a list of IPv4 and IPv6 addresses")
          .min(1, { error: "at least one address" })
          .describe("The addresses that browsers get."),
        health: httpPage().optional().describe(
          "The page whose status is below 400 when the web server is well. Default: `healthPath` at its " +
            "first address and `port`.",
        ),
      }),
      "a list of web servers",
    ).min(1, { error: "at least one web server" }),
    "an object: name within the zone → its web servers",
  ).default({}).describe("Name within the zone (`@`: the zone itself) → the web servers of it."),
  mode: oneOf(ANSWER_MODES).default("round-robin").describe(
    "`round-robin`: all healthy web servers, each time another one first. `address-hash`: one, by the " +
      "browser's address, so that it keeps its web server.",
  ),
  ttlSeconds: whole("seconds", 0, DNS_TTL_MAX_SECONDS).default(DNS_TTL_DEFAULT_SECONDS).describe(
    "How long resolvers may keep an answer, in seconds. A browser may go to a dead server for so long.",
  ),
  nameServer: dnsName().optional().describe(
    "This name server's own name, as the parent zone has it. Default: `ns.<zone>`.",
  ),
  nameServerAddresses: list(ipAddress(), "a list of IPv4 and IPv6 addresses").default([]).describe(
    "Addresses of this name server.",
  ),
  healthPath: z.string({ error: PATH }).startsWith("/", { error: PATH }).default("/").describe(
    "Path of the page that tells a web server's health.",
  ),
  port: whole("", 1, 65_535).default(80).describe("Port of that page."),
});

const link = section({
  listen: listenAddress().optional().describe(
    "Where other proxies may dial in. Default: nowhere.",
  ),
  connect: list(sourceAddress(), "a list of addresses").default([]).describe(
    "Proxies to dial: `host:port`, or where their addresses are found: `dns+srv://name`, " +
      "`dns://name:port`, `etcd://host:port/prefix`.",
  ),
  advertise: dialAddress().optional().describe(
    "Address that this server registers in etcd, where others find it. Default: `link.listen`, with the " +
      "machine's name instead of 0.0.0.0 or [::].",
  ),
  secret: z.string({ error: SECRET_ALLOWED }).refine((value) => !isBlank(value), {
    error: SECRET_ALLOWED,
  }).optional().describe(
    "What both ends of a link must know, every character of it, also white space at its ends; it shows at " +
      "least one character. Default: no authentication.",
  ),
  secretFile: text("a path of a file").optional().describe(
    "A file that holds the secret as UTF-8, instead of `secret`; white space at its ends, also a final line " +
      "break, does not count.",
  ),
});

const admin = section({
  listen: listenAddress().optional().describe(
    "Where health and metrics are served over HTTP. Default: nowhere.",
  ),
});

const POWER_OF_TWO = `a power of two from ${SPACE_MIN_BYTES} to ${SPACE_MAX_BYTES} (bytes)`;
const shm = section({
  slots: whole("slots", 1, SLOTS_MAX).optional().describe(
    "Number of slots: at least one more than there are worker processes (of all projects), so that other programs can " +
      `attach. Default: ${SLOTS_DEFAULT}, or one more than there are processes if that is more.`,
  ),
  spaceBytes: z.int({ error: POWER_OF_TWO }).min(SPACE_MIN_BYTES, { error: POWER_OF_TWO })
    .max(SPACE_MAX_BYTES, { error: POWER_OF_TWO })
    .refine((value) => Number.isInteger(Math.log2(value)), { error: POWER_OF_TWO })
    .default(SPACE_DEFAULT_BYTES).describe(
      "Bytes of each of a slot's two spaces: a power of two.",
    ),
  runtimeDir: text("a path of a directory").optional().describe(
    "Directory of the shared memory and of the sockets of this server, and of no other. Made with mode 0700; " +
      "one that other users may enter or replace is refused (see the document on it). Default: /dev/shm/mesh-<uid>/<name>.",
  ),
});

const limits = section({
  messageBytes: whole("bytes", MESSAGE_MIN_BYTES, SLOT_QUEUE_MAX_BYTES)
    .default(MESSAGE_DEFAULT_BYTES).describe(
      "Largest message, in bytes; a larger one is refused at the sender. Streams have no such limit.",
    ),
  timeoutMs: whole("milliseconds", 1, TIMEOUT_MAX_MS).default(TIMEOUT_DEFAULT_MS).describe(
    "Time a call may take when its caller says nothing, in ms.",
  ),
  drainMs: whole("milliseconds", 0, TIMEOUT_MAX_MS).default(DRAIN_MS).describe(
    "Time a draining server, or a process that is replaced, has for its calls before they are ended, in ms.",
  ),
});

const names = (what: string) => list(name(), `a list of names of ${what}`);
const group = {
  services: names("services").default([]).describe("The services that belong to the group."),
  servers: names("servers").min(1, { error: "at least one name of a server" }).optional().describe(
    "The servers that may answer. Default: every server that offers the service.",
  ),
};
const groups = z.record(
  name(),
  z.discriminatedUnion("mode", [
    section({
      mode: z.literal("normal").describe("Round-robin over equivalent servers."),
      ...group,
      prefer: oneOf(["any", "local"]).default("any").describe(
        "Whether processes of the caller's own server come first.",
      ),
      balance: oneOf(["round-robin", "least-loaded"]).default("round-robin").describe(
        "How the next server is picked.",
      ),
    }),
    section({
      mode: z.literal("routed").describe(
        "Requests with the same key go to the same server, others can take over.",
      ),
      ...group,
      loadBound: z.number({ error: "a number from 1 to 100" })
        .min(1, { error: "a number from 1 to 100" }).max(100, { error: "a number from 1 to 100" })
        .default(1.25).describe(
          "A server takes at most this multiple of the average load before its keys spill over.",
        ),
    }),
    section({
      mode: z.literal("keyed").describe("A key names the server that alone may answer."),
      ...group,
      keys: z.record(z.string(), name(), "an object: key → server's name").default({}).describe(
        "Key → server's name.",
      ),
      keyModule: text("a path of a module").optional().describe(
        "A module whose default export gives the server's name for a key that `keys` does not have; it runs in the process that calls.",
      ),
    }),
  ], { error: 'a group: an object with "mode": "normal", "routed" or "keyed"' }),
  { error: "an object: the group's name → the group" },
);

const log = section({
  level: oneOf(LOG_LEVELS).default("info").describe("Lines below this level are left out."),
  format: oneOf(LOG_FORMATS).default("text").describe(
    "For people, or one JSON object per line.",
  ),
});

/** The schema of a whole configuration file, before flags and environment are laid over it. */
export const schema = section({
  $schema: z.string({ error: "an address of a JSON Schema" }).optional().describe(
    "Address of this schema, for editors.",
  ),
  name: name().optional().describe(
    "The server's name, unique in its mesh. Default: its first role and six random digits.",
  ),
  roles: list(oneOf(ROLES), "a list of roles").min(1, { error: "at least one role" }).optional()
    .describe(
      "What the server does. Default: web if there is a section `web`, exec if there is a section `exec`, name if " +
        "there is a section `nameServer`.",
    ),
  web: web.prefault({}).describe("Serving browsers."),
  exec: exec.prefault({}).describe("Running services."),
  nameServer: nameServer.prefault({}).describe(
    "Answering DNS for the site's names. See the document on the name server.",
  ),
  link: link.prefault({}).describe("Links to other servers."),
  admin: admin.prefault({}).describe("The administration port."),
  shm: shm.prefault({}).describe("Shared memory."),
  limits: limits.prefault({}).describe("Bounds."),
  groups: groups.prefault({}).describe(
    "Proxy groups by name. Services that no group names belong to `default`.",
  ),
  log: log.prefault({}).describe("The log, on stderr."),
}).describe("Configuration of a mesh server (mesh.json).");

/** A configuration that obeys the schema, defaults filled in. */
export type Settings = z.output<typeof schema>;

/** The schema as JSON Schema (draft 7, which editors know best), of the file as it is written. */
export function jsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(schema, { io: "input", target: "draft-07" });
}
