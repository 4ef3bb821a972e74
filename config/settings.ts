/**
 * Which settings can be given as a flag or in the environment, and where they stand in the file. The
 * command line of `mesh run` and its help, the environment and the documentation are made from this.
 *
 * @module
 */
import { LOG_FORMATS, LOG_LEVELS, ROLES } from "./choices.ts";

/** A setting that has a flag and an environment variable, or only the latter. */
export interface Setting {
  /** The flag's name without its dashes; absent: there is none (a secret must not show in `ps`). */
  readonly flag?: string;
  /** The environment variable. */
  readonly env: string;
  /** Where the setting stands in the file; several: it sets them all. */
  readonly paths: readonly string[];
  /** Where it stands instead when the server's only role is `name`. */
  readonly onlyName?: string;
  /** How its text is read. A list is separated by commas; a flag of a list may be repeated. */
  readonly kind: "text" | "number" | "list";
  /** Whether an empty variable is a value (and a wrong one) instead of none. */
  readonly emptyCounts?: true;
  /** What its value is, for the help. */
  readonly value: string;
  /** What it does. */
  readonly help: string;
}

/** Every such setting, in the order of the help. */
export const SETTINGS: readonly Setting[] = [
  {
    flag: "role",
    env: "MESH_ROLE",
    paths: ["roles"],
    kind: "list",
    value: ROLES.join("|"),
    help:
      "What the server does; repeatable. Default: what the configuration file has a section for.",
  },
  {
    flag: "name",
    env: "MESH_NAME",
    paths: ["name"],
    kind: "text",
    value: "id",
    help: "The server's name, unique in its mesh. Default: its role and six random digits.",
  },
  {
    flag: "site",
    env: "MESH_SITE",
    paths: ["web.site"],
    kind: "text",
    value: "file",
    help: "The site's module (role web).",
  },
  {
    flag: "services",
    env: "MESH_SERVICES",
    paths: ["exec.services"],
    kind: "list",
    value: "files|dir",
    help: "The services' modules, separated by commas, or a directory, or a glob (role exec).",
  },
  {
    flag: "processes",
    env: "MESH_PROCESSES",
    paths: ["web.processes", "exec.processes"],
    kind: "number",
    value: "n",
    help:
      "Worker processes of each role, and of each project. Default: 4, or the machine's cores if they are fewer.",
  },
  {
    flag: "listen",
    env: "MESH_LISTEN",
    paths: ["web.listen"],
    onlyName: "nameServer.listen",
    kind: "text",
    value: "host:port",
    help:
      "Where browsers are served (role web), default 127.0.0.1:8080; where DNS is answered (only " +
      "the role name), default 127.0.0.1:5353.",
  },
  {
    flag: "link",
    env: "MESH_LINK",
    paths: ["link.listen"],
    kind: "text",
    value: "host:port",
    help: "Where other proxies may dial in. Default: nowhere.",
  },
  {
    flag: "connect",
    env: "MESH_CONNECT",
    paths: ["link.connect"],
    kind: "list",
    value: "host:port,…",
    help: "Proxies to dial; also dns+srv://name, dns://name:port, etcd://host:port/prefix.",
  },
  {
    flag: "advertise",
    env: "MESH_ADVERTISE",
    paths: ["link.advertise"],
    kind: "text",
    value: "host:port",
    help: "Where others find this server, when it registers in etcd. Default: --link.",
  },
  {
    env: "MESH_SECRET",
    paths: ["link.secret"],
    kind: "text",
    emptyCounts: true,
    value: "text",
    help:
      "What both ends of a link must know; empty or blank is refused. Default, if it is not set: no authentication.",
  },
  {
    flag: "admin",
    env: "MESH_ADMIN",
    paths: ["admin.listen"],
    kind: "text",
    value: "host:port",
    help: "Health and metrics over HTTP. Default: nowhere.",
  },
  {
    flag: "runtime-dir",
    env: "MESH_RUNTIME_DIR",
    paths: ["shm.runtimeDir"],
    kind: "text",
    value: "dir",
    help: "Shared memory and sockets of this server. Default: /dev/shm/mesh-<uid>/<name>.",
  },
  {
    flag: "slots",
    env: "MESH_SLOTS",
    paths: ["shm.slots"],
    kind: "number",
    value: "n",
    help: "Slots of the shared memory, more than there are processes. Default: 20 or more.",
  },
  {
    flag: "space-bytes",
    env: "MESH_SPACE_BYTES",
    paths: ["shm.spaceBytes"],
    kind: "number",
    value: "bytes",
    help: "Size of each of a slot's two spaces, a power of two. Default: 262144.",
  },
  {
    flag: "log-level",
    env: "MESH_LOG_LEVEL",
    paths: ["log.level"],
    kind: "text",
    value: LOG_LEVELS.join("|"),
    help: "Log lines below this level are left out. Default: info.",
  },
  {
    flag: "log-format",
    env: "MESH_LOG_FORMAT",
    paths: ["log.format"],
    kind: "text",
    value: LOG_FORMATS.join("|"),
    help: "For people, or one JSON object per line. Default: text.",
  },
];

/** The flag that names the configuration file; its environment variable is `MESH_CONFIG`. */
export const CONFIG_FLAG = "config";
/** The environment variable of {@linkcode CONFIG_FLAG}. */
export const CONFIG_ENV = "MESH_CONFIG";
/** The configuration file that is read without being named, if it is there. */
export const CONFIG_FILE = "mesh.json";

/** Flags as the command line has them: without dashes; a repeated flag has several values. */
export type FlagValues = Readonly<Record<string, string | readonly string[] | undefined>>;
