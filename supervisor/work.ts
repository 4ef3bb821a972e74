/**
 * What a server tells its workers to do, and what they answer.
 *
 * @module
 */
import type { LogSettings } from "../observe/log.ts";
import type { UserCookieSettings } from "../webfront/user_cookie.ts";
import type { ServiceInfo } from "../wire/server_info.ts";

/** Deno permissions that handlers keep: `true` everything of that kind, a list only these. */
export type Granted = { readonly [name: string]: true | readonly string[] };

/** How an exec process is sandboxed. */
export interface Sandbox {
  /** What its handlers may do. */
  readonly granted: Granted;
  /** What it has on top until it answers calls; asked anew for each process. */
  readonly needed: Granted;
}

/**
 * What happens to a worker whose user code does not catch an error: it is replaced in order, it goes on, or it ends
 * at once.
 */
export type OnUncaught = "replace" | "continue" | "exit";

/** An exec process's work. */
export interface ExecWork {
  readonly kind: "exec";
  /** Absolute paths of the services' modules. */
  readonly services: readonly string[];
  /** Present when the process is sandboxed. */
  readonly sandbox?: Sandbox;
  readonly onUncaught: OnUncaught;
  readonly log: LogSettings;
}

/** A web process's work. */
export interface WebWork {
  readonly kind: "web";
  /** Absolute path of the site's module. */
  readonly site: string;
  readonly hostname: string;
  readonly port: number;
  readonly cookie: UserCookieSettings;
  readonly onUncaught: OnUncaught;
  readonly log: LogSettings;
}

/** What a worker is to do. */
export type Work = ExecWork | WebWork;

/** What a worker process gets: its work, and what it marks the records of its log with. */
export type StartedWork = Work & { readonly logToken: string };

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
