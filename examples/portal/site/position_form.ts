/**
 * The form for a position, as the browser sends it.
 *
 * @module
 */
import { listing } from "../model/market.ts";
import type { Position } from "../model/positions.ts";

/** A position, or what is wrong with the form. */
export type PositionForm = { ok: true; position: Position } | { ok: false; problem: Problem };

/** Faults of a form, by the word that stands for them in the address of the next page. */
export const PROBLEMS = {
  symbol: "There is no company with that symbol here.",
  shares: "The number of shares has to be greater than 0, such as 12 or 0.5.",
  cost: "The cost has to be an amount in dollars, such as 41.10.",
  full: "Your portfolio is full: remove a position first.",
  cookies: "Your browser did not send a cookie, so there is no place to keep this for you.",
  unsaved: "This could not be saved at the moment. Please try again.",
} as const;

/** One of the {@linkcode PROBLEMS}. */
export type Problem = keyof typeof PROBLEMS;

/** Whether a text names one of the {@linkcode PROBLEMS}. */
export function isProblem(text: string): text is Problem {
  return Object.hasOwn(PROBLEMS, text);
}

/** Reads the form; numbers may have commas between their thousands. */
export function readPositionForm(form: FormData): PositionForm {
  const text = (name: string) => String(form.get(name) ?? "").trim();
  const symbol = text("symbol").toUpperCase();
  const shares = number(text("shares"));
  const cost = number(text("cost"));
  if (listing(symbol) === undefined) return { ok: false, problem: "symbol" };
  if (!(shares >= 0.001 && shares <= 1e9)) return { ok: false, problem: "shares" };
  if (!(cost >= 0 && cost <= 1e6)) return { ok: false, problem: "cost" };
  return { ok: true, position: { symbol, shares, cost } };
}

function number(text: string): number {
  const digits = text.replace(/^\$/, "").replaceAll(",", "");
  return /^\d+(\.\d+)?$/.test(digits) ? Number(digits) : NaN;
}
