/**
 * What a section of the page is.
 *
 * @module
 */
import type { Child } from "hono/jsx";
import type { CallOptions } from "mesh";
import type { Preferences, SectionId } from "../model/preferences.ts";
import type { ServedBy } from "../model/served_by.ts";
import type { Clients } from "./clients.ts";

/** What a section may use while it loads. */
export interface SectionRequest {
  services: Clients;
  /** The user's identity; `null` for a new browser. */
  user: string | null;
  preferences: Preferences;
  /** For the section's calls: time-out and cancellation. */
  options: CallOptions;
}

/** A section that is ready to be shown. */
export interface LoadedSection {
  by: ServedBy;
  body: Child;
}

/** A section: where its content comes from and what it looks like. */
export interface Section {
  id: SectionId;
  title: string;
  /** One sentence for the settings page. */
  about: string;
  /** The service that it asks. */
  service: string;
  /** The page with more of it, if there is one. */
  link?: { href: string; text: string };
  /** Time its calls may take, in milliseconds. */
  timeoutMs: number;
  /** Asks the service and renders its answer. */
  load(request: SectionRequest): Promise<LoadedSection>;
}
