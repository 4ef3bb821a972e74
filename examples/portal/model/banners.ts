/**
 * The notices that the portal shows above the sections.
 *
 * @module
 */
import { seedOf } from "./noise.ts";

/** A notice: where it leads is always a page of the portal. */
export interface Banner {
  title: string;
  text: string;
  link: string;
  linkText: string;
}

const BANNERS: readonly Banner[] = [
  {
    title: "Make this page yours",
    text: "Choose your sections and their order, your city and your club.",
    link: "/settings",
    linkText: "Choose",
  },
  {
    title: "Watch the market move",
    text: "Twelve companies, a price every second, no need to reload.",
    link: "/quotes",
    linkText: "Watch",
  },
  {
    title: "What is it worth today?",
    text: "Keep your portfolio here and see it valued at every visit.",
    link: "/portfolio",
    linkText: "Edit",
  },
];

/** How long a user sees the same notice. */
const INTERVAL_MS = 10 * 60_000;

/**
 * The notice for a user at a moment; users start at different ones, and all see all of them in turn.
 *
 * @param user The user's identity; empty when unknown.
 * @param nowMs Milliseconds since the epoch.
 */
export function bannerFor(user: string, nowMs: number): Banner {
  const turn = user === "" ? 0 : Math.floor(nowMs / INTERVAL_MS) + seedOf(user) % BANNERS.length;
  return BANNERS[turn % BANNERS.length]!;
}
