/**
 * What a section of the page is.
 *
 * @module
 */
import type { Child } from "hono/jsx";
import type { Preferences, SectionId } from "../model/preferences.ts";
import type { ServedBy } from "../model/served_by.ts";
import type { Clients } from "./clients.ts";

/** What a section may use while it asks. */
export interface SectionRequest {
  /** The services; calls end with the section's time. */
  services: Clients;
  /** The user's identity; `null` for a new browser. */
  user: string | null;
  preferences: Preferences;
}

/** An answer of any service of the portal. */
export interface Answer {
  by: ServedBy;
  /** Set on a last known answer: when it came, in milliseconds since the epoch. */
  keptAt?: number;
}

/** A section: where its content comes from and what it looks like. */
export interface Section<T extends Answer = Answer> {
  id: SectionId;
  title: string;
  /** One sentence for the settings page. */
  about: string;
  /** The service that it asks. */
  service: string;
  /** How the service's group is routed: what web.json says, for those who want to know how the page was made. */
  mode: "normal" | "routed" | "keyed";
  /** The page with more of it, if there is one. */
  link?: { href: string; text: string };
  /** Time its call may take, in milliseconds, when that is less than the page's. */
  timeoutMs?: number;
  /** Asks a second server after so many milliseconds. */
  hedgeAfterMs?: number;
  /** The question, in so many words: its last answer is shown when there is none now. Without it there is nothing. */
  question?(preferences: Preferences): string;
  /** Asks the service. */
  ask(request: SectionRequest): PromiseLike<T>;
  /** Renders the answer. */
  render(answer: T, preferences: Preferences): Child;
  /** A few words about the answer for the line that says who gave it. */
  remark?(answer: T): string | undefined;
  /** A sentence for the user in the place of the usual one for an error's code. */
  trouble?(code: string, preferences: Preferences): string | undefined;
}

/** A section of one kind of answer as one of all sections. */
export function section<T extends Answer>(given: Section<T>): Section {
  return given;
}
