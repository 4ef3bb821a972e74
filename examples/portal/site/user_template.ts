/**
 * The template for a request: the user's own, or the one that everybody starts with.
 *
 * @module
 */
import type { Context } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import type { SiteEnv } from "mesh";
import { DEFAULT_PREFERENCES } from "../model/preferences.ts";
import type { Profile } from "../model/profiles.ts";
import type { Clients } from "./clients.ts";
import { compileTemplate } from "./template.ts";
import { type Found, TemplateCache } from "./template_cache.ts";

/** A request to the portal: Hono's context with what mesh gives to a site. */
export type PortalContext = Context<{ Bindings: SiteEnv }>;

/** Time that the profile service may take before the page goes on without it, in milliseconds. */
const PROFILE_TIMEOUT_MS = 500;
/** The cookie that says which version of his choices the browser's user saved last. */
const VERSION_COOKIE = "portal_version";

const cache = new TemplateCache();

/** The template of the request's user. Never fails: without the profile service it is a cached or the default one. */
export async function userTemplate(c: PortalContext, services: Clients): Promise<Found> {
  const { user } = c.env;
  if (user === null) return defaultTemplate();
  const known = knownVersion(c);
  try {
    const found = await cache.get(user, known, async () => {
      return compileTemplate(
        await services.profile.read({ user }, { timeoutMs: PROFILE_TIMEOUT_MS }),
      );
    });
    // A version that the service does not know would make every page ask again.
    if (found.source === "profile" && found.template.version < known) {
      rememberVersion(c, found.template.version);
    }
    return found;
  } catch (error) {
    console.warn("portal: no profile, default page instead:", String(error));
    return { ...defaultTemplate(), source: "unreachable" };
  }
}

/**
 * The user's choices as the profile service has them, to be changed by him: never old ones, nor those of everybody.
 *
 * @throws {MeshError} When the service cannot be asked.
 */
export async function profileToChange(c: PortalContext, services: Clients): Promise<Profile> {
  const { user } = c.env;
  if (user === null) return { version: 0, preferences: DEFAULT_PREFERENCES };
  const profile = await services.profile.read({ user }, { timeoutMs: PROFILE_TIMEOUT_MS });
  cache.put(user, compileTemplate(profile));
  if (profile.version !== knownVersion(c)) rememberVersion(c, profile.version);
  return profile;
}

/** Takes over what a user has saved, here and in the other web processes. */
export function templateSaved(c: PortalContext, user: string, profile: Profile): void {
  cache.put(user, compileTemplate(profile));
  rememberVersion(c, profile.version);
}

function defaultTemplate(): Found {
  const template = compileTemplate({ version: 0, preferences: DEFAULT_PREFERENCES });
  return { template, source: "default" };
}

function knownVersion(c: PortalContext): number {
  return Number(getCookie(c, VERSION_COOKIE) ?? 0) || 0;
}

function rememberVersion(c: PortalContext, version: number): void {
  setCookie(c, VERSION_COOKIE, String(version), {
    path: "/",
    httpOnly: true,
    sameSite: "Lax",
    maxAge: 365 * 86_400,
  });
}
