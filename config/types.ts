/**
 * The resolved configuration of one server: what is left when flags, environment and file are merged,
 * checked and completed. Paths are absolute, addresses are taken apart, every default is filled in.
 *
 * @module
 */
import type { Address } from "../address.ts";
import type { HealthTarget } from "../nameserver/health_check.ts";
import type { ZoneConfig } from "../nameserver/types.ts";
import type { LogSettings } from "../observe/log.ts";
import type { GroupConfig } from "../routing/types.ts";

/** What a server does; it may do several. */
export type Role = "web" | "exec" | "name";

/** How the site knows its users. */
export interface CookieConfig {
  /** Name of the cookie that holds the user's identity. */
  readonly name: string;
  /** Whether a browser without the cookie gets one. */
  readonly issue: boolean;
  /** How long an issued cookie lives, in days. */
  readonly maxAgeDays: number;
  /** Whether an issued cookie is for HTTPS alone. */
  readonly secure: boolean;
}

/** What happens to a process whose user code does not catch an error. */
export type OnUncaught = "replace" | "continue" | "exit";

/** The web role. */
export interface WebConfig extends Address {
  /** Number of web processes. */
  readonly processes: number;
  /** Absolute path of the site's module. */
  readonly site: string;
  /** The user's cookie. */
  readonly cookie: CookieConfig;
  /** What happens to a process whose site does not catch an error. */
  readonly onUncaught: OnUncaught;
}

/** The permissions Deno knows, as far as a handler may be granted them. */
export type PermissionName = "read" | "write" | "net" | "env" | "run" | "ffi" | "sys";

/** What handlers may do: `true` everything of that kind, a list only these. What is absent is denied. */
export type Permissions = { readonly [name in PermissionName]?: true | readonly string[] };

/** The exec role. */
export interface ExecConfig {
  /** Number of exec processes of each project. */
  readonly processes: number;
  /** Absolute paths of the services' modules. */
  readonly services: readonly string[];
  /** The same by the projects they belong to; a process runs services of one project. */
  readonly projects: readonly (readonly string[])[];
  /** What handlers may do. Absent: they are not sandboxed. */
  readonly permissions?: Permissions;
  /** What happens to a process whose services do not catch an error. */
  readonly onUncaught: OnUncaught;
}

/** The role `name`. */
export interface NameServerConfig extends Address {
  /** What it answers. */
  readonly zone: ZoneConfig;
  /** The page that tells each web server's health. */
  readonly health: readonly HealthTarget[];
}

/** Links to other servers. */
export interface LinkConfig {
  /** Where other proxies may dial in. Absent: nowhere. */
  readonly listen?: Address;
  /** Proxies to dial, `"host:port"`, IPv6 in brackets; or sources of such addresses, see discovery/. */
  readonly connect: readonly string[];
  /** Where others find this server, `"host:port"`. Absent: where it listens. */
  readonly advertise?: string;
  /** What both ends of a link must know. Absent: no authentication. */
  readonly secret?: string;
}

/** Bounds that a user may change. */
export interface LimitsConfig {
  /** Largest message, in bytes. */
  readonly messageBytes: number;
  /** Time a call may take when its caller says nothing, in ms. */
  readonly timeoutMs: number;
  /** Time a draining server waits for its calls, in ms. */
  readonly drainMs: number;
}

/** Everything a server needs to know to start. */
export interface ServerConfig {
  /** The server's name, unique in its mesh. */
  readonly name: string;
  /** At least one, none twice. */
  readonly roles: readonly Role[];
  /** Absolute path of the directory of the shared memory and of the sockets. */
  readonly runtimeDir: string;
  /** Whether {@linkcode runtimeDir} is the default one (`<defaultParent>/<name>`, its parent to be made with mode 0700). */
  readonly runtimeDirIsDefault: boolean;
  /** Number of slots: more than there are processes, so that others can attach. */
  readonly slots: number;
  /** Bytes of each of a slot's two spaces, a power of two. */
  readonly spaceBytes: number;
  /** Present exactly if the server has the web role. */
  readonly web?: WebConfig;
  /** Present exactly if the server has the exec role. */
  readonly exec?: ExecConfig;
  /** Present exactly if the server has the role `name`. */
  readonly nameServer?: NameServerConfig;
  /** Links to other servers. */
  readonly link: LinkConfig;
  /** Where health and metrics are served over TCP. Absent: nowhere. */
  readonly admin?: Address;
  /** Bounds. */
  readonly limits: LimitsConfig;
  /** The proxy groups, `"default"` always among them. */
  readonly groups: readonly GroupConfig[];
  /** Logging. */
  readonly log: LogSettings;
}
