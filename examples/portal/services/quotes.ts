/**
 * Service `quotes`: prices, once or as a stream.
 *
 * @module
 */
import { setTimeout as pause } from "node:timers/promises";
import { MeshError } from "mesh";
import type { Context, ServiceOptions } from "mesh";
import { history, type Quote, quoteAt } from "../model/market.ts";
import { type ServedBy, servedBy } from "../model/served_by.ts";

/** All of it only reads. */
export const service = { idempotent: true } satisfies ServiceOptions;

const SYMBOLS_MAX = 100;
const TICK_MS = 1_000;

/** A quote with the prices of the last eight hours, oldest first. */
export interface ListedQuote extends Quote {
  history: number[];
}

/** The quote of one symbol; `NOT_FOUND` for one that is not traded here. */
export function price(input: { symbol: string }, ctx: Context): Quote & { by: ServedBy } {
  const quote = quoteAt(input.symbol, Date.now());
  if (quote === undefined) {
    throw new MeshError("NOT_FOUND", `no such symbol: ${String(input.symbol).slice(0, 20)}`);
  }
  return { ...quote, by: servedBy(ctx) };
}

/** Quotes of several symbols, in their order; those that are not traded here are left out. */
export function list(
  input: { symbols: readonly string[] },
  ctx: Context,
): { quotes: ListedQuote[]; by: ServedBy } {
  const now = Date.now();
  const quotes = known(input.symbols, now)
    .map((quote) => ({ ...quote, history: history(quote.symbol, now) }));
  return { quotes, by: servedBy(ctx) };
}

/** Every second the quotes that moved since the last item; first all of them. Ends when the caller goes away. */
export async function* watch(
  input: { symbols: readonly string[] },
  ctx: Context,
): AsyncGenerator<Quote[]> {
  const last = new Map<string, number>();
  while (!ctx.signal.aborted) {
    const moved = known(input.symbols, Date.now())
      .filter(({ symbol, price }) => last.get(symbol) !== price);
    for (const { symbol, price } of moved) last.set(symbol, price);
    if (moved.length > 0) yield moved;
    try {
      await pause(TICK_MS, undefined, { signal: ctx.signal });
    } catch {
      return; // the pause fails only when the signal fires
    }
  }
}

function known(symbols: readonly string[], atMs: number): Quote[] {
  if (!Array.isArray(symbols) || symbols.length > SYMBOLS_MAX) {
    throw new MeshError("INVALID_ARGUMENT", `symbols: wanted a list of at most ${SYMBOLS_MAX}`);
  }
  return symbols.map((symbol) => quoteAt(symbol, atMs)).filter((quote) => quote !== undefined);
}
