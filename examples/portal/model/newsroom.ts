/**
 * The newspaper: every seven minutes each desk brings up its next story, and all servers agree on which.
 *
 * @module
 */
import { CATEGORIES, type Category, HEADLINES } from "./headlines.ts";
import { seedOf, uniform } from "./noise.ts";

/** A story as it stands in the paper. */
export interface Story {
  /** Names it in addresses: `world-3`. */
  id: string;
  category: Category;
  title: string;
  summary: string;
  /** When it came out: milliseconds since the epoch. */
  publishedAt: number;
}

/** Time between two stories of one desk. */
const INTERVAL_MS = 7 * 60_000;

/** Whether a text names a desk. */
export function isCategory(text: string): text is Category {
  return (CATEGORIES as readonly string[]).includes(text);
}

function storyAt(category: Category, index: number, nowMs: number): Story | undefined {
  const stock = HEADLINES[category];
  const headline = stock[index];
  if (headline === undefined) return undefined;
  // Story i comes out whenever (number of the interval) mod (size of the stock) is i; desks are staggered.
  const stagger = Math.floor(uniform(seedOf(category), 0) * INTERVAL_MS);
  const interval = Math.floor((nowMs - stagger) / INTERVAL_MS);
  const age = (((interval - index) % stock.length) + stock.length) % stock.length;
  const [title, summary] = headline;
  const publishedAt = (interval - age) * INTERVAL_MS + stagger;
  return { id: `${category}-${index + 1}`, category, title, summary, publishedAt };
}

/**
 * The newest stories of some desks, newest first.
 *
 * @param categories The desks.
 * @param nowMs Milliseconds since the epoch.
 * @param limit Most stories.
 */
export function newest(categories: readonly Category[], nowMs: number, limit: number): Story[] {
  return categories
    .flatMap((category) => HEADLINES[category].map((_, index) => storyAt(category, index, nowMs)))
    .filter((story) => story !== undefined)
    .sort((a, b) => b.publishedAt - a.publishedAt)
    .slice(0, limit);
}

/** The story of an id such as `world-3`, or `undefined`. */
export function story(id: string, nowMs: number): Story | undefined {
  const match = /^([a-z]+)-(\d{1,3})$/.exec(id);
  const [category, number] = [match?.[1] ?? "", Number(match?.[2])];
  return isCategory(category) ? storyAt(category, number - 1, nowMs) : undefined;
}
