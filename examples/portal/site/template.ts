/**
 * A user's page template: his choices compiled into the list of sections that his page is made of.
 *
 * @module
 */
import type { Preferences } from "../model/preferences.ts";
import type { Profile } from "../model/profiles.ts";
import type { Section } from "./section.ts";
import { SECTIONS } from "./sections/mod.ts";

/** What a page is made of, without its content. */
export interface Template {
  /** Of the profile that it was compiled from; 0 for the default. */
  readonly version: number;
  readonly preferences: Preferences;
  /** In the user's order. */
  readonly sections: readonly Section[];
}

/** Compiles a profile. */
export function compileTemplate({ version, preferences }: Profile): Template {
  return { version, preferences, sections: preferences.sections.map((id) => SECTIONS[id]) };
}
