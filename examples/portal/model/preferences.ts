/**
 * What a user has chosen for his page.
 *
 * @module
 */
import { type CityId, isCity } from "./climate.ts";
import { CATEGORIES, type Category } from "./headlines.ts";
import { isClub } from "./league.ts";
import { isCategory } from "./newsroom.ts";
import { listing } from "./market.ts";

/** Every section there is, in the order of a new user's page. */
export const SECTION_IDS = ["news", "quotes", "portfolio", "weather", "sports", "photo"] as const;

/** One of the sections. */
export type SectionId = typeof SECTION_IDS[number];

/** A user's choices. */
export interface Preferences {
  /** The chosen sections, in the chosen order. */
  sections: SectionId[];
  /** Desks of the newspaper; at least one. */
  categories: Category[];
  /** Symbols to watch. */
  symbols: string[];
  city: CityId;
  /** Key of the favourite club. */
  club: string;
}

/** Choices of a user who has not chosen yet. */
export const DEFAULT_PREFERENCES: Preferences = {
  sections: [...SECTION_IDS],
  categories: [...CATEGORIES],
  symbols: ["BRZE", "EMBR", "MOSS", "TYDE", "YHOO"],
  city: "san-francisco",
  club: "harbour",
};

/** Whether a text names a section. */
export function isSection(text: string): text is SectionId {
  return (SECTION_IDS as readonly string[]).includes(text);
}

/**
 * Preferences out of anything: a form, another version's row, a stranger's call. What is not known is dropped, what
 * is missing gets its default, nothing appears twice.
 */
export function toPreferences(value: unknown): Preferences {
  const given = (typeof value === "object" && value !== null ? value : {}) as Record<
    string,
    unknown
  >;
  const categories = texts(given.categories)?.filter(isCategory) ?? [];
  const city = String(given.city);
  const club = String(given.club);
  return {
    sections: texts(given.sections)?.filter(isSection) ?? [...DEFAULT_PREFERENCES.sections],
    categories: categories.length > 0 ? categories : [...DEFAULT_PREFERENCES.categories],
    symbols: texts(given.symbols)?.filter((symbol) => listing(symbol) !== undefined) ??
      [...DEFAULT_PREFERENCES.symbols],
    city: isCity(city) ? city : DEFAULT_PREFERENCES.city,
    club: isClub(club) ? club : DEFAULT_PREFERENCES.club,
  };
}

/** The different texts of a list; `undefined` for what is no list. */
function texts(value: unknown): string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return [...new Set(value.filter((item) => typeof item === "string"))];
}
