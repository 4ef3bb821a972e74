/**
 * The users' page templates, kept in the web process: a page of a known user needs no call for his choices.
 *
 * A user's next request may reach another web process than the one that saved his choices. So saving gives the
 * browser a cookie with the new version, and a process whose template is older asks the profile service again. The
 * same user in a second browser, which has the old cookie, is served the old template for {@linkcode FRESH_MS} at
 * most.
 *
 * @module
 */
import { Lru } from "../model/lru.ts";
import type { Template } from "./template.ts";

/** How long a template is used without asking, when no cookie says that it is old. */
const FRESH_MS = 30_000;
/** Most users whose templates a web process keeps. */
const USERS_MAX = 10_000;

/** Where a template came from, for the line at the end of the page. */
export type TemplateSource = "cache" | "profile" | "default" | "stale" | "unreachable";

/** A template and where it came from. */
export interface Found {
  template: Template;
  source: TemplateSource;
}

interface Entry {
  template: Template;
  /** By the clock that the cache was given. */
  loadedAt: number;
}

/** Templates by user. */
export class TemplateCache {
  readonly #entries: Lru<string, Entry>;
  readonly #now: () => number;

  /**
   * @param capacity Most users; default 10,000.
   * @param now A clock in milliseconds.
   */
  constructor(capacity: number = USERS_MAX, now: () => number = () => performance.now()) {
    this.#entries = new Lru(capacity);
    this.#now = now;
  }

  /**
   * The template of a user.
   *
   * @param user The user's identity.
   * @param minVersion Version that the browser knows to be saved; older templates will not do.
   * @param load Asks the profile service; may fail.
   * @returns The template out of the cache or from the service; when the service fails, the cached one however old it
   * is.
   * @throws What `load` throws, when nothing is cached.
   */
  async get(user: string, minVersion: number, load: () => Promise<Template>): Promise<Found> {
    const entry = this.#entries.get(user);
    if (entry && entry.template.version >= minVersion && this.#isFresh(entry)) {
      return { template: entry.template, source: "cache" };
    }
    try {
      const template = await load();
      this.put(user, template);
      return { template, source: "profile" };
    } catch (error) {
      if (entry === undefined) throw error;
      return { template: entry.template, source: "stale" };
    }
  }

  /** Stores what was just saved or loaded, unless a newer version came meanwhile. */
  put(user: string, template: Template): void {
    const entry = this.#entries.get(user);
    if (entry && entry.template.version > template.version && this.#isFresh(entry)) return;
    this.#entries.set(user, { template, loadedAt: this.#now() });
  }

  #isFresh(entry: Entry): boolean {
    return this.#now() - entry.loadedAt < FRESH_MS;
  }
}
