/**
 * Section: the user's portfolio.
 *
 * @module
 */
import type { FC } from "hono/jsx";
import type { ValuedPortfolio } from "../../services/portfolio.ts";
import { direction, dollars, plain, signedDollars, wholeDollars } from "../format.ts";
import { section } from "../section.ts";

/** Positions and their worth. */
export const portfolio = section({
  id: "portfolio",
  title: "Portfolio",
  about: "What you own, and what it is worth right now.",
  service: "portfolio",
  link: { href: "/portfolio", text: "Edit" },
  mode: "routed",
  // The user is the key by himself: env.user is the key of every call that has none of its own.
  ask: ({ services, user }) => services.portfolio.valued({ user }),
  render: (portfolio) => <PortfolioBody portfolio={portfolio} />,
  remark: memoryRemark,
});

/** Whether the process that answered had the portfolio in its memory. */
export function memoryRemark({ memory }: ValuedPortfolio): string | undefined {
  return memory === undefined ? undefined : `memory ${memory}`;
}

/** The sums over a portfolio; `editable` where its forms are on the same page. */
export const Worth: FC<{ portfolio: ValuedPortfolio; editable?: boolean }> = (
  { portfolio, editable },
) => (
  <div class="worth">
    {portfolio.pricedBy
      ? (
        <>
          <p class="big">{dollars(portfolio.value)}</p>
          <p>
            <span class={`change ${direction(portfolio.dayGain)}`}>
              {signedDollars(portfolio.dayGain)}
            </span>{" "}
            today ·{" "}
            <span class={`change ${direction(portfolio.gain)}`}>
              {signedDollars(portfolio.gain)}
            </span>{" "}
            in all
          </p>
        </>
      )
      : <p class="note">The prices are not here yet, so the worth is unknown for the moment.</p>}
    {portfolio.sample && (
      <p class="note">
        This is a sample. {editable
          ? "It becomes yours with the first change."
          : <a href="/portfolio">Make it yours.</a>}
      </p>
    )}
  </div>
);

/** Sums, then the positions. */
export const PortfolioBody: FC<{ portfolio: ValuedPortfolio }> = ({ portfolio }) => (
  <>
    <Worth portfolio={portfolio} />
    {portfolio.positions.length === 0
      ? <p class="empty">You own nothing yet.</p>
      : (
        <table class="positions">
          <thead>
            <tr>
              <th scope="col">Shares</th>
              <th scope="col" class="number">Worth</th>
              <th scope="col" class="number">Gain</th>
            </tr>
          </thead>
          <tbody>
            {portfolio.positions.map(({ symbol, shares, value, gain }) => (
              <tr>
                <th scope="row">
                  {symbol} <span>× {plain(shares)}</span>
                </th>
                <td class="number">{value === null ? "–" : wholeDollars(value)}</td>
                <td class="number">
                  {gain === null
                    ? "–"
                    : <span class={`change ${direction(gain)}`}>{signedDollars(gain)}</span>}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
  </>
);
