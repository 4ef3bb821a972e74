/**
 * Section: prices of the symbols that the user watches.
 *
 * @module
 */
import type { FC } from "hono/jsx";
import type { ListedQuote } from "../../services/quotes.ts";
import { direction, price, signedPercent } from "../format.ts";
import { Sparkline } from "../parts/icons.tsx";
import { section } from "../section.ts";

/** The watch list. */
export const quotes = section({
  id: "quotes",
  title: "Market",
  about: "Prices of the companies you watch, moving every second.",
  service: "quotes",
  link: { href: "/quotes", text: "All prices" },
  mode: "normal",
  timeoutMs: 600,
  hedgeAfterMs: 100,
  // No last known ones: an old price is worse than none.
  ask: ({ services, preferences: { symbols } }) => services.quotes.list({ symbols }),
  render: ({ quotes }) => <QuoteTable quotes={quotes} />,
});

/** A table of prices, which the script of the page keeps moving. */
export const QuoteTable: FC<{ quotes: readonly ListedQuote[] }> = ({ quotes }) => {
  if (quotes.length === 0) {
    return (
      <p class="empty">
        You watch no company. <a href="/settings#watch">Choose some.</a>
      </p>
    );
  }
  return (
    <table class="prices">
      <thead class="visually-hidden">
        <tr>
          <th scope="col">Company</th>
          <th scope="col">Last 8 hours</th>
          <th scope="col">Price in dollars</th>
          <th scope="col">Change today</th>
        </tr>
      </thead>
      <tbody>
        {quotes.map((quote) => (
          <tr data-symbol={quote.symbol}>
            <th scope="row">
              {quote.symbol} <span>{quote.name}</span>
            </th>
            <td class="line">
              <Sparkline values={quote.history} trend={direction(quote.change)} />
            </td>
            <td class="number" data-price="">{price(quote.price)}</td>
            <td class="number">
              <span class={`change ${direction(quote.change)}`} data-change="">
                {signedPercent(quote.changeRatio)}
              </span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
};
