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
  shares: "The number of shares has to be greater than 0, such as 12, 0.5 or 1,200. " +
    "Decimals follow a point; a comma stands between thousands only.",
  cost: "The cost has to be an amount in dollars, such as 41.10 or 1,041.10. " +
    "Decimals follow a point; a comma stands between thousands only.",
  full: "Your portfolio is full: remove a position first.",
  cookies: "Your browser did not send a cookie, so there is no place to keep this for you.",
  changed:
    "Your settings were changed in another window since this page was made. Nothing was saved: " +
    "these are your settings as they are now.",
  unsaved: "This could not be saved at the moment. Please try again.",
} as const;

/** One of the {@linkcode PROBLEMS}. */
export type Problem = keyof typeof PROBLEMS;

/** Whether a text names one of the {@linkcode PROBLEMS}. */
export function isProblem(text: string): text is Problem {
  return Object.hasOwn(PROBLEMS, text);
}

/** Reads the form. Numbers are read by {@linkcode amount}. */
export function readPositionForm(form: FormData): PositionForm {
  const text = (name: string) => String(form.get(name) ?? "").trim();
  const symbol = text("symbol").toUpperCase();
  const shares = amount(text("shares"));
  const cost = amount(text("cost").replace(/^\$\s*/, ""));
  if (listing(symbol) === undefined) return { ok: false, problem: "symbol" };
  if (!(shares >= 0.001 && shares <= 1e9)) return { ok: false, problem: "shares" };
  if (!(cost >= 0 && cost <= 1e6)) return { ok: false, problem: "cost" };
  return { ok: true, position: { symbol, shares, cost } };
}

/**
 * A number as the portal writes it: a point before the decimals, and, if the user likes, a comma between each two groups
 * of three digits. Whatever could mean two numbers, such as `10,50` or `1.200,00`, is none.
 *
 * @returns `NaN` for what is no such number.
 */
export function amount(text: string): number {
  const isAmount = /^(\d+|[1-9]\d{0,2}(,\d{3})+)(\.\d+)?$/.test(text);
  return isAmount ? Number(text.replaceAll(",", "")) : NaN;
}
