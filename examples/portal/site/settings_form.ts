/**
 * The settings form, as the browser sends it.
 *
 * @module
 */
import {
  isSection,
  type Preferences,
  SECTION_IDS,
  type SectionId,
  toPreferences,
} from "../model/preferences.ts";

/** What a user did with the settings form. */
export interface SettingsForm {
  preferences: Preferences;
  /** The version of the user's profile that the form was filled from; missing where the form does not say. */
  basedOn: number | undefined;
  /** A section was moved by one of the arrows: the user is not done yet. */
  moved: boolean;
}

/** Every section: those of the page in their order, then the others. */
export function allSections(chosen: readonly SectionId[]): SectionId[] {
  return [...chosen, ...SECTION_IDS.filter((id) => !chosen.includes(id))];
}

/**
 * Reads the form. `order` holds every section in the order of the rows, `show` those that are ticked, and `move` what an
 * arrow says: `weather:up`. Anything else in these fields is dropped.
 */
export function readSettingsForm(form: FormData): SettingsForm {
  const order = allSections([...new Set(form.getAll("order").map(String).filter(isSection))]);
  const shown = new Set(form.getAll("show").map(String));
  const sections = order.filter((id) => shown.has(id));
  const move = form.get("move");
  if (typeof move === "string") shift(sections, move);
  const preferences = toPreferences({
    sections,
    categories: form.getAll("category"),
    symbols: form.getAll("symbol"),
    city: form.get("city"),
    club: form.get("club"),
  });
  return { preferences, basedOn: versionOf(form.get("version")), moved: move !== null };
}

function versionOf(field: FormDataEntryValue | null): number | undefined {
  const version = typeof field === "string" && /^\d+$/.test(field) ? Number(field) : NaN;
  return Number.isSafeInteger(version) ? version : undefined;
}

/** Swaps a section with its neighbour, where it has one on that side. */
function shift(sections: SectionId[], move: string): void {
  const [id, way] = move.split(":");
  const from = sections.findIndex((section) => section === id);
  const to = from + (way === "up" ? -1 : 1);
  const [mine, other] = [sections[from], sections[to]];
  if (mine === undefined || other === undefined) return;
  sections[to] = mine;
  sections[from] = other;
}
