/**
 * Service `news`: the newest headlines, and a story by its id.
 *
 * @module
 */
import { MeshError } from "mesh";
import type { Context, ServiceOptions } from "mesh";
import { isCategory, newest, type Story, story as find } from "../model/newsroom.ts";
import { type ServedBy, servedBy } from "../model/served_by.ts";

/** All of it only reads. */
export const service = { idempotent: true } satisfies ServiceOptions;

const STORIES_MAX = 50;

/** The newest stories of some categories; those that do not exist are left out. */
export function headlines(
  input: { categories: readonly string[]; limit?: number },
  ctx: Context,
): { stories: Story[]; by: ServedBy } {
  if (!Array.isArray(input?.categories)) {
    throw new MeshError("INVALID_ARGUMENT", "categories: wanted a list of names");
  }
  const limit = Math.min(Math.max(Math.trunc(input.limit ?? 8), 1), STORIES_MAX);
  const stories = newest(input.categories.filter(isCategory), Date.now(), limit);
  return { stories, by: servedBy(ctx) };
}

/** One story, and what else its desk has; `NOT_FOUND` for an id that names nothing. */
export function story(
  input: { id: string },
  ctx: Context,
): { story: Story; more: Story[]; by: ServedBy } {
  const now = Date.now();
  const found = find(String(input?.id), now);
  if (found === undefined) throw new MeshError("NOT_FOUND", "there is no such story");
  const more = newest([found.category], now, 5).filter(({ id }) => id !== found.id).slice(0, 4);
  return { story: found, more, by: servedBy(ctx) };
}
