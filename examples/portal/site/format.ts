/**
 * Numbers and times as people read them.
 *
 * @module
 */

const DOLLARS = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD" });
const WHOLE_DOLLARS = new Intl.NumberFormat("en-US", {
  style: "currency",
  currency: "USD",
  maximumFractionDigits: 0,
});
const SIGNED_DOLLARS = new Intl.NumberFormat("en-US", {
  style: "currency",
  currency: "USD",
  maximumFractionDigits: 0,
  signDisplay: "exceptZero",
});
/** From here on whole dollars are not shown to the last one. */
const MANY_DOLLARS = 1e9;
const MANY = { notation: "compact", maximumFractionDigits: 1 } as const;
const DOLLARS_IN_SHORT = new Intl.NumberFormat("en-US", {
  style: "currency",
  currency: "USD",
  ...MANY,
});
const SIGNED_DOLLARS_IN_SHORT = new Intl.NumberFormat("en-US", {
  style: "currency",
  currency: "USD",
  signDisplay: "exceptZero",
  ...MANY,
});
const SIGNED_PERCENT = new Intl.NumberFormat("en-US", {
  style: "percent",
  minimumFractionDigits: 2,
  maximumFractionDigits: 2,
  signDisplay: "exceptZero",
});
const PRICE = new Intl.NumberFormat("en-US", {
  minimumFractionDigits: 2,
  maximumFractionDigits: 2,
});
const PLAIN = new Intl.NumberFormat("en-US", { maximumFractionDigits: 3 });

const isMany = (value: number) => Math.abs(value) >= MANY_DOLLARS;

/** A typographic minus is as wide as a plus. */
const withMinus = (text: string) => text.replace("-", "−");

/** `$1,234.50`, `$36.6B` */
export const dollars = (value: number): string =>
  withMinus((isMany(value) ? DOLLARS_IN_SHORT : DOLLARS).format(value));
/** `$1,235`, `$36.6B` */
export const wholeDollars = (value: number): string =>
  withMinus((isMany(value) ? DOLLARS_IN_SHORT : WHOLE_DOLLARS).format(value));
/** `+$1,235`, `−$1,235`, `−$36.6B` */
export const signedDollars = (value: number): string =>
  withMinus((isMany(value) ? SIGNED_DOLLARS_IN_SHORT : SIGNED_DOLLARS).format(value));
/** A ratio as `+1.25%`, `−1.25%` */
export const signedPercent = (ratio: number): string => withMinus(SIGNED_PERCENT.format(ratio));
/** `1,234.50` */
export const price = (value: number): string => withMinus(PRICE.format(value));
/** `12`, `0.125` */
export const plain = (value: number): string => withMinus(PLAIN.format(value));
/** `−3°` */
export const degrees = (celsius: number): string => withMinus(`${celsius}°`);

/** `up`, `down` or `flat`: the class that colours a change. */
export function direction(change: number): "up" | "down" | "flat" {
  return change > 0 ? "up" : change < 0 ? "down" : "flat";
}

/** `4 min ago`, `2 h ago` */
export function ago(thenMs: number, nowMs: number): string {
  const minutes = Math.floor((nowMs - thenMs) / 60_000);
  if (minutes < 1) return "just now";
  return minutes < 60 ? `${minutes} min ago` : `${Math.floor(minutes / 60)} h ago`;
}

/** `Mon`, of a day such as `2026-11-23` */
export function weekday(date: string): string {
  return new Intl.DateTimeFormat("en-US", { weekday: "short", timeZone: "UTC" })
    .format(new Date(`${date}T00:00:00Z`));
}

/** `Tuesday, November 24` in a time zone. */
export function longDate(atMs: number, timeZone = "UTC"): string {
  return new Intl.DateTimeFormat("en-US", {
    weekday: "long",
    month: "long",
    day: "numeric",
    timeZone,
  }).format(atMs);
}

/** `15:30` in a time zone. */
export function clock(atMs: number, timeZone = "UTC"): string {
  return new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone })
    .format(atMs);
}

/** Milliseconds as `0.8 ms`, `12 ms` */
export function milliseconds(ms: number): string {
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}
