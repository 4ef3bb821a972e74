/**
 * Whose key names which server, as far as functions of the user have to say it: they run here, in the process
 * that calls, and their answers travel in the heads of its requests.
 *
 * @module
 */
import { stackOf, textOf } from "../boundary/text.ts";
import { MeshError } from "../errors.ts";
import { requestIdText } from "../wire/request_head.ts";
import type { CallScope } from "./call_scope.ts";
import { DEFAULT_GROUP_NAME, type KeyGroup, type KeyGroups } from "../wire/key_groups.ts";
import {
  type KeyFunction,
  type KeyOutcome,
  loadKeyFunction,
  runKeyFunction,
} from "./key_module.ts";
import { judgeAnswer, type KeyOwner } from "./key_owner.ts";
import type { CallRequest } from "./call_request.ts";
import type { Log } from "./types.ts";

/** The server that alone may answer, or how the call ends. */
export type Found = KeyOwner | MeshError;

/**
 * A key module. Successors of its states:
 *
 * ```text
 * unloaded → loading → loaded | failed
 * ```
 */
class KeyModule {
  /** Its function, once it is loaded. */
  run: KeyFunction | undefined;
  failed = false;
  #loading: Promise<KeyFunction> | undefined;

  /**
   * @param path Its absolute path.
   * @param stamp Names its content.
   * @param again Reads it anew, under this name.
   */
  constructor(readonly path: string, readonly stamp: string, readonly again: string | undefined) {}

  load(): Promise<KeyFunction> {
    return this.#loading ??= loadKeyFunction(this.path, this.again).then(
      (run) => this.run = run,
      (error) => {
        this.failed = true;
        throw error;
      },
    );
  }
}

interface Group {
  readonly name: string;
  /** The proxy knows their servers. */
  readonly keys: ReadonlySet<string>;
  readonly module: KeyModule;
}

/** The group of a service; the one that it had before answers until the new one's module has been loaded. */
interface Place {
  readonly group: Group;
  readonly before: Group | undefined;
}

/** Asks the key functions of the user, and remembers which are loaded; one for all calls of a process. */
export class KeyOwners {
  /** Whether there is anything to ask: if not, calls have nothing to do with all this. */
  active = false;
  /** Where failures of key functions are noted. */
  log: Log | undefined;
  #places: ReadonlyMap<string, Place> = new Map();
  /** The default group, if it is one of these: it has every service but the others'. */
  #rest: Place | undefined;
  #others: ReadonlySet<string> = new Set();
  #modules: readonly KeyModule[] = [];
  /** The content that each path had first. */
  readonly #firstStamps = new Map<string, string>();
  #failures = 0;
  /** Whether modules are loaded as soon as they are known, and not when a call first needs them. */
  #early = false;

  /**
   * The groups are these from now on.
   *
   * @param groups As the proxy tells them.
   * @returns Settles when the modules that are to be loaded have been: empty, or why one could not be.
   */
  async change({ groups, others = [] }: KeyGroups): Promise<string> {
    const places = new Map<string, Place>();
    let rest: Place | undefined;
    const modules: KeyModule[] = [];
    for (const described of groups) {
      const module = this.#module(described, modules);
      const group: Group = { name: described.name, keys: new Set(described.keys), module };
      for (const service of described.services) {
        places.set(service, { group, before: this.#groupOf(service) });
      }
      if (described.name === DEFAULT_GROUP_NAME) {
        rest = { group, before: this.#rest && inUse(this.#rest) };
      }
    }
    const early = this.#early || this.#modules.some(({ run }) => run !== undefined);
    this.#places = places;
    this.#rest = rest;
    this.#others = new Set(others);
    this.#modules = modules;
    this.active = modules.length > 0;
    return early ? await this.#load() : "";
  }

  /**
   * Loads every module now, and from now on each as soon as it is known.
   *
   * @throws {MeshError} `INVALID_ARGUMENT` when one does not load.
   */
  async loadAll(): Promise<void> {
    this.#early = true;
    const why = await this.#load();
    if (why !== "") throw new MeshError("INVALID_ARGUMENT", why, { started: false });
  }

  /**
   * The server that alone may answer a call.
   *
   * @param request The call.
   * @param scope For the log.
   * @returns `null`: no function is to be asked. A promise is never rejected.
   */
  find(request: CallRequest, scope: CallScope): Found | null | Promise<Found> {
    const group = this.#groupToAsk(request);
    if (group === undefined) return null;
    const { target } = request;
    const { module } = group;
    if (module.run !== undefined) return this.#ask(group, module.run, request, scope);
    return module.load().then(
      (run) => this.#ask(group, run, request, scope),
      (error) => new MeshError("INTERNAL", notLoaded(group, error), { started: false, target }),
    );
  }

  /** Whether a function is to be asked for a call. */
  places(request: CallRequest): boolean {
    return this.#groupToAsk(request) !== undefined;
  }

  #groupToAsk({ key, keyExplicit, target, pinnedHash }: CallRequest): Group | undefined {
    if (pinnedHash !== 0 || !keyExplicit) return undefined;
    // What is of another type is refused when the request is written.
    if (typeof key !== "string" || typeof target !== "string") return undefined;
    const group = this.#groupOf(target.slice(0, Math.max(0, target.lastIndexOf("."))));
    return group?.keys.has(key) ? undefined : group;
  }

  #ask(
    group: Group,
    run: KeyFunction,
    { target, key = "" }: CallRequest,
    scope: CallScope,
  ): Found | Promise<Found> {
    const { name, module: { path }, keys } = group;
    const question = { group: name, module: path, tableSize: keys.size, key, target };
    const judge = (outcome: KeyOutcome): Found => {
      const found = judgeAnswer(question, outcome);
      if (found instanceof MeshError && found.code !== "NOT_FOUND") {
        const { requestIdHigh: high, requestIdLow: low } = scope;
        this.log?.error(outcome.threw ? "a key module threw" : "a key module gave a wrong answer", {
          group: name,
          module: path,
          target,
          ...(low !== 0 && { requestId: requestIdText(high, low) }),
          error: outcome.threw ? stackOf(outcome.value) : found.message,
        });
      }
      return found;
    };
    const outcome = runKeyFunction(run, key);
    return outcome instanceof Promise ? outcome.then(judge) : judge(outcome);
  }

  #groupOf(service: string): Group | undefined {
    const place = this.#places.get(service) ??
      (this.#rest === undefined || this.#others.has(service) ? undefined : this.#rest);
    return place && inUse(place);
  }

  /** The module of a group; one whose content has not changed stays as it is, unless it could not be loaded. */
  #module({ module: path, stamp }: KeyGroup, found: KeyModule[]): KeyModule {
    const same = (module: KeyModule) => module.path === path && module.stamp === stamp;
    const known = this.#modules.find(same);
    let module = found.find(same) ?? (known?.failed ? undefined : known);
    if (module === undefined) {
      const first = this.#firstStamps.get(path);
      if (first === undefined) this.#firstStamps.set(path, stamp);
      // Deno remembers modules by their names, those that it could not load, too.
      const again = known !== undefined
        ? `${stamp}-${++this.#failures}`
        : first === undefined || first === stamp
        ? undefined
        : stamp;
      module = new KeyModule(path, stamp, again);
    }
    if (!found.includes(module)) found.push(module);
    return module;
  }

  async #load(): Promise<string> {
    const groups = new Map<KeyModule, Group>();
    for (const { group } of [...this.#places.values(), ...(this.#rest ? [this.#rest] : [])]) {
      groups.set(group.module, group);
    }
    const faults = await Promise.all(
      [...groups].map(([module, group]) =>
        module.load().then(() => "", (error) => notLoaded(group, error))
      ),
    );
    return faults.filter((fault) => fault !== "").join("; ");
  }
}

function inUse({ group, before }: Place): Group {
  const { run, failed } = group.module;
  return before === undefined || run !== undefined || failed ? group : before;
}

function notLoaded({ name, module }: Group, error: unknown): string {
  return `groups.${name}.keyModule ${module.path}: ${textOf(error)}`;
}
