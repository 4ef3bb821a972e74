/**
 * A section as a part of a page: asking for it, and making HTML of what came.
 *
 * @module
 */
import type { Preferences } from "../model/preferences.ts";
import type { ServedBy } from "../model/served_by.ts";
import { clients } from "./clients.ts";
import type { Outcome, Part } from "./gather.ts";
import type { LastKnown } from "./last_known.ts";
import type { Answer, Section } from "./section.ts";
import { troubleOf } from "./trouble.ts";

/** Whose page it is. */
export interface SectionUser {
  user: string | null;
  preferences: Preferences;
}

/** A section whose content is HTML already: putting it into the page cannot fail. */
export interface ReadySection {
  section: Section;
  /** The content; `undefined` when there is none. */
  html?: string;
  /** Who made the content. */
  by?: ServedBy;
  /** See {@linkcode Answer.keptAt}. */
  keptAt?: number;
  /** See {@linkcode Section.remark}. */
  remark?: string;
  /** What went wrong: there is no content then, or it is the last known. */
  trouble?: { text: string; code: string };
  /** How long it took, in milliseconds. */
  ms: number;
}

/**
 * The asking for a section.
 *
 * @param section The section.
 * @param of Whose page it is.
 * @param known Where the last known answers are.
 */
export function sectionPart(
  section: Section,
  { user, preferences }: SectionUser,
  known: LastKnown<Answer>,
): Part<Answer> {
  const { timeoutMs, hedgeAfterMs } = section;
  const question = questionOf(section, preferences);
  return {
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(hedgeAfterMs === undefined ? {} : { hedgeAfterMs }),
    call: (mesh) => section.ask({ services: clients(mesh), user, preferences }),
    fallback: (error) => {
      const last = question === undefined ? undefined : known.get(question);
      if (last === undefined) throw error;
      return { ...last.answer, keptAt: last.at };
    },
  };
}

/**
 * Makes HTML of a section's outcome. Never throws: a section that cannot be rendered fails alone.
 *
 * @param section The section.
 * @param of Whose page it is.
 * @param outcome What came of {@linkcode sectionPart}.
 * @param known Where a good answer is kept.
 */
export async function readySection(
  section: Section,
  { preferences }: SectionUser,
  outcome: Outcome<Answer>,
  known: LastKnown<Answer>,
): Promise<ReadySection> {
  const { ms, error } = outcome;
  const failed = (error: unknown): ReadySection => {
    const { code, text } = troubleOf(error);
    const own = section.trouble?.(code, preferences);
    return { section, ms, trouble: { code, text: own ?? text } };
  };
  if (outcome.status === "error") return failed(error);
  const answer = outcome.value;
  try {
    const html = String(await <>{section.render(answer, preferences)}</>);
    const question = questionOf(section, preferences);
    if (outcome.status === "value" && question !== undefined) known.keep(question, answer);
    const remark = section.remark?.(answer);
    return {
      ...(error === undefined ? { section, ms } : failed(error)),
      html,
      by: answer.by,
      ...(answer.keptAt === undefined ? {} : { keptAt: answer.keptAt }),
      ...(remark === undefined ? {} : { remark }),
    };
  } catch (wrong) {
    console.error("portal: section", section.id, "cannot be shown:", wrong);
    return failed(wrong);
  }
}

function questionOf(section: Section, preferences: Preferences): string | undefined {
  const question = section.question?.(preferences);
  return question === undefined ? undefined : `${section.id} ${question}`;
}
