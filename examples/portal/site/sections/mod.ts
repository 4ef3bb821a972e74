/**
 * The sections that a page can have.
 *
 * @module
 */
import type { SectionId } from "../../model/preferences.ts";
import type { Section } from "../section.ts";
import { news } from "./news.tsx";
import { photo } from "./photo.tsx";
import { portfolio } from "./portfolio.tsx";
import { quotes } from "./quotes.tsx";
import { sports } from "./sports.tsx";
import { weather } from "./weather.tsx";

/** Every section by its id. */
export const SECTIONS: Readonly<Record<SectionId, Section>> = {
  news,
  photo,
  portfolio,
  quotes,
  sports,
  weather,
};
