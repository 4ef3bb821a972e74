/**
 * A proxy group: its configuration in the form that decisions need, and its counters, which outlive a
 * change of the configuration.
 *
 * @module
 */
import { LOAD_BOUND_DEFAULT } from "../limits.ts";
import type { GroupConfig, Mode } from "./types.ts";

/** One group. */
export class Group {
  readonly name: string;
  mode!: Mode;
  leastLoaded!: boolean;
  preferLocal!: boolean;
  loadBound!: number;
  services!: readonly string[];
  /** `undefined`: any server. */
  servers!: ReadonlySet<string> | undefined;
  keys!: ReadonlyMap<string, string>;
  /** Names the servers of keys that the table does not have. */
  keyModule!: string | undefined;

  /** Calls that went past the key's server because it had too many. */
  spilled = 0;
  /** Calls that another server took because the key's server was not available. */
  failedOver = 0;
  /** Calls sent to an ejected server to see whether it is back. */
  probes = 0;
  /** Calls for which there was no server. */
  refused = 0;

  constructor(config: GroupConfig) {
    this.name = config.name;
    this.configure(config);
  }

  /** Takes a changed configuration; counters stay. */
  configure(config: GroupConfig): void {
    this.mode = config.mode;
    this.leastLoaded = config.mode === "normal" && config.balance === "least-loaded";
    this.preferLocal = config.mode === "normal" && config.prefer === "local";
    this.loadBound = config.mode === "routed" ? config.loadBound : LOAD_BOUND_DEFAULT;
    this.services = config.services;
    this.servers = config.servers === undefined ? undefined : new Set(config.servers);
    this.keys = new Map(config.mode === "keyed" ? Object.entries(config.keys) : []);
    this.keyModule = config.mode === "keyed" ? config.keyModule : undefined;
  }

  /** Whether the server of a call is for the key module to name, since the table does not have its key. */
  asksModule(key: string | undefined, keyExplicit: boolean): boolean {
    return this.mode === "keyed" && this.keyModule !== undefined && keyExplicit &&
      key !== undefined && !this.keys.has(key);
  }

  /** Whether a server of this name belongs to the group. */
  has(server: string): boolean {
    return this.servers === undefined || this.servers.has(server);
  }
}
