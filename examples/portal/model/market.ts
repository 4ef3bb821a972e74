/**
 * A stock exchange that never closes. Prices are random walks that depend only on symbol and time: each
 * server computes the same price without asking another one.
 *
 * @module
 */
import { bridge, normal, seedOf, smooth } from "./noise.ts";

/** A company that is traded here. */
export interface Listing {
  /** One to five capital letters. */
  symbol: string;
  /** The company's name. */
  name: string;
  /** The price that the walk keeps coming back to, in dollars. */
  anchor: number;
  /** Deviation of a day's change, as a share of the price. */
  volatility: number;
}

/** What a symbol costs at a moment. */
export interface Quote {
  symbol: string;
  name: string;
  /** Dollars, whole cents. */
  price: number;
  /** Dollars since the day began (UTC). */
  change: number;
  /** The same as a share of the day's first price: 0.01 is one percent. */
  changeRatio: number;
  /** When: milliseconds since the epoch. */
  at: number;
}

const DAY_MS = 86_400_000;
/** Steps of 2^-17 day: 0.66 s. */
const WALK_DEPTH = 17;

/** Every company on the exchange, in the order of their symbols. Only the first one ever existed. */
export const LISTINGS: readonly Listing[] = [
  { symbol: "ALDR", name: "Alder Rail", anchor: 48.2, volatility: 0.012 },
  { symbol: "BRZE", name: "Breeze Power", anchor: 112.5, volatility: 0.018 },
  { symbol: "CNDL", name: "Candle Bank", anchor: 67.9, volatility: 0.01 },
  { symbol: "DRFT", name: "Driftwood Foods", anchor: 31.4, volatility: 0.009 },
  { symbol: "EMBR", name: "Ember Semiconductors", anchor: 214.3, volatility: 0.028 },
  { symbol: "FJRD", name: "Fjord Shipping", anchor: 22.8, volatility: 0.02 },
  { symbol: "GLEN", name: "Glen Therapeutics", anchor: 88.6, volatility: 0.024 },
  { symbol: "HRTH", name: "Hearth Homes", anchor: 54.1, volatility: 0.011 },
  { symbol: "KYTE", name: "Kyte Aerospace", anchor: 143.7, volatility: 0.021 },
  { symbol: "MOSS", name: "Moss Software", anchor: 301.2, volatility: 0.022 },
  { symbol: "TYDE", name: "Tydeway Water", anchor: 39.5, volatility: 0.008 },
  { symbol: "YHOO", name: "Yahoo!, as remembered", anchor: 39.6, volatility: 0.03 },
];

const BY_SYMBOL = new Map(LISTINGS.map((listing) => [listing.symbol, listing]));

/** The company of a symbol, or `undefined`. */
export function listing(symbol: string): Listing | undefined {
  return BY_SYMBOL.get(symbol);
}

/** Logarithm of the ratio of price and anchor at the beginning of a day: wanders, but comes back. */
function dayLevel(seed: number, day: number, volatility: number): number {
  return 0.18 * smooth(seed ^ 1, day / 40) + 2 * volatility * smooth(seed ^ 2, day);
}

function priceAt({ symbol, anchor, volatility }: Listing, atMs: number): number {
  const seed = seedOf(symbol);
  const day = Math.floor(atMs / DAY_MS);
  const x = atMs / DAY_MS - day;
  const from = dayLevel(seed, day, volatility);
  const to = dayLevel(seed, day + 1, volatility);
  const walk = bridge(seed + day, x, WALK_DEPTH);
  // Buyers and sellers of the second: without them a cheap share would stand still for many seconds.
  const haggling = 0.01 * normal(seed ^ 8, Math.floor(atMs / 1_000));
  const level = from + (to - from) * x + volatility * (walk + haggling);
  return Math.round(100 * anchor * Math.exp(level)) / 100;
}

/**
 * The quote of a symbol.
 *
 * @param symbol One of {@linkcode LISTINGS}.
 * @param atMs When: milliseconds since the epoch.
 * @returns The quote; `undefined` for an unknown symbol.
 */
export function quoteAt(symbol: string, atMs: number): Quote | undefined {
  const company = listing(symbol);
  if (company === undefined) return undefined;
  const price = priceAt(company, atMs);
  const open = priceAt(company, Math.floor(atMs / DAY_MS) * DAY_MS);
  const change = Math.round((price - open) * 100) / 100;
  return { symbol, name: company.name, price, change, changeRatio: change / open, at: atMs };
}

/**
 * Prices of the hours before a moment, oldest first, evenly spaced.
 *
 * @param symbol One of {@linkcode LISTINGS}.
 * @param atMs The last price's time: milliseconds since the epoch.
 * @param points How many.
 * @param hours Time between the first and the last.
 */
export function history(symbol: string, atMs: number, points = 33, hours = 8): number[] {
  const company = listing(symbol);
  if (company === undefined) return [];
  const step = hours * 3_600_000 / (points - 1);
  return Array.from({ length: points }, (_, i) => priceAt(company, atMs - step * (points - 1 - i)));
}
