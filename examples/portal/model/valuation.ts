/**
 * What a portfolio is worth.
 *
 * @module
 */
import type { Quote } from "./market.ts";
import type { Position } from "./positions.ts";

/** A position and its worth; `null` where no price is known. */
export interface ValuedPosition extends Position {
  price: number | null;
  /** Dollars: price times shares. */
  value: number | null;
  /** Dollars gained since the shares were bought. */
  gain: number | null;
}

/** A portfolio's worth in dollars. */
export interface Valuation {
  positions: ValuedPosition[];
  /** Sums over the positions whose prices are known. */
  value: number;
  gain: number;
  /** Dollars gained since the day began. */
  dayGain: number;
}

/** Values positions by the quotes that are known. */
export function valuation(
  positions: readonly Position[],
  quotes: readonly Pick<Quote, "symbol" | "price" | "change">[],
): Valuation {
  const bySymbol = new Map(quotes.map((quote) => [quote.symbol, quote]));
  const result: Valuation = { positions: [], value: 0, gain: 0, dayGain: 0 };
  for (const position of positions) {
    const quote = bySymbol.get(position.symbol);
    if (quote === undefined) {
      result.positions.push({ ...position, price: null, value: null, gain: null });
      continue;
    }
    const value = quote.price * position.shares;
    const gain = value - position.cost * position.shares;
    result.positions.push({ ...position, price: quote.price, value, gain });
    result.value += value;
    result.gain += gain;
    result.dayGain += quote.change * position.shares;
  }
  return result;
}
