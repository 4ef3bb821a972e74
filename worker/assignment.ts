/**
 * What a server tells its workers to do, and what they answer.
 *
 * @module
 */
import type { CookieConfig, OnUncaught, Permissions } from "../config/types.ts";
import type { LogSettings } from "../observe/log.ts";
import type { ServiceInfo } from "../wire/server_info.ts";

/** How an exec process is sandboxed. */
export interface Sandbox {
  /** What its handlers may do. */
  readonly granted: Permissions;
  /** What it has on top until it answers calls; asked anew for each process. */
  readonly needed: Permissions;
}

/** An exec process's work. */
export interface ExecAssignment {
  readonly kind: "exec";
  /** Absolute paths of the services' modules. */
  readonly services: readonly string[];
  /** Present when the process is sandboxed. */
  readonly sandbox?: Sandbox;
  readonly onUncaught: OnUncaught;
  readonly log: LogSettings;
}

/** A web process's work. */
export interface WebAssignment {
  readonly kind: "web";
  /** Absolute path of the site's module. */
  readonly site: string;
  readonly hostname: string;
  readonly port: number;
  readonly cookie: CookieConfig;
  readonly onUncaught: OnUncaught;
  readonly log: LogSettings;
}

/** What a worker is to do. */
export type Assignment = ExecAssignment | WebAssignment;

/** What a worker process gets: its work, and what it marks the records of its log with. */
export type GivenAssignment = Assignment & { readonly logToken: string };

/** A worker's READY message. */
export interface ReadyReport {
  /** What it offers; empty for a web process. */
  readonly services: readonly ServiceInfo[];
}

/** A worker's FAILED message. */
export interface FailedReport {
  /** Why it cannot do its work. */
  readonly message: string;
  /** The module at fault is missing: the configuration names a file that is not there. */
  readonly missing: boolean;
}
