/**
 * Which worker processes a server is to have: what they do, and how many of each there are.
 *
 * A process runs one project, since Deno reads one configuration per process. So the services of several projects
 * make several kinds of exec processes.
 *
 * @module
 */
import type { ServerConfig } from "../config/types.ts";
import { neededToStart } from "../worker/sandbox.ts";
import { findProject } from "./user_project.ts";
import type { Assignment, ExecAssignment, WebAssignment } from "../worker/assignment.ts";

/** Workers that all do the same. */
export interface Staff<W extends Assignment = Assignment> {
  readonly work: W;
  /** How many processes. */
  readonly places: number;
}

/**
 * The exec processes, project by project.
 *
 * @param config The server's configuration.
 * @param keyModules Absolute paths of the key modules that they load.
 */
export function execStaff(
  config: ServerConfig,
  keyModules: Iterable<string>,
): Staff<ExecAssignment>[] {
  const { exec, log } = config;
  if (exec === undefined) return [];
  const { permissions, onUncaught, processes } = exec;
  return exec.projects.map((services) => ({
    places: processes,
    work: {
      kind: "exec",
      services,
      onUncaught,
      log,
      ...(permissions === undefined ? {} : {
        sandbox: {
          granted: permissions,
          // A process that is started after a reload loads the key modules of that time.
          get needed() {
            const [first = ""] = services;
            const { sources } = findProject(first);
            return neededToStart([...services, ...keyModules], sources);
          },
        },
      }),
    },
  }));
}

/**
 * The web processes.
 *
 * @param config The server's configuration.
 * @param port Where they listen.
 */
export function webStaff(config: ServerConfig, port: number): Staff<WebAssignment>[] {
  if (config.web === undefined) return [];
  const { site, cookie, processes, onUncaught, hostname } = config.web;
  const work: WebAssignment = {
    kind: "web",
    site,
    hostname,
    port,
    cookie,
    onUncaught,
    log: config.log,
  };
  return [{ work, places: processes }];
}

/** Absolute paths of the modules of a worker. */
export function modulesOf(work: Assignment): readonly string[] {
  return work.kind === "web" ? [work.site] : work.services;
}

/** The module by which a worker's project is found: there is one at least. */
export function firstModule(work: Assignment): string {
  const [first] = modulesOf(work);
  if (first === undefined) throw new Error("a worker without modules");
  return first;
}
