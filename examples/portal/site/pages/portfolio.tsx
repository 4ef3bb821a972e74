// deno-lint-ignore-file jsx-key -- pages are rendered once: keys would only show up as attributes
/**
 * Page `/portfolio`: the user's positions, with forms to change them.
 *
 * @module
 */
import type { FC } from "hono/jsx";
import { LISTINGS } from "../../model/market.ts";
import type { ValuedPortfolio } from "../../services/portfolio.ts";
import { clients } from "../clients.ts";
import { direction, plain, price, signedDollars, wholeDollars } from "../format.ts";
import { gather } from "../gather.ts";
import { readForm } from "../read_form.ts";
import { Layout } from "../parts/layout.tsx";
import { Notice } from "../parts/notice.tsx";
import { Card, ServedLine, TroubleNote } from "../parts/section_card.tsx";
import { readPositionForm } from "../position_form.ts";
import { memoryRemark, Worth } from "../sections/portfolio.tsx";
import { isMeshError } from "../trouble.ts";
import type { PortalContext } from "../user_template.ts";

const READ_TIMEOUT_MS = 1_500;
const WRITE_TIMEOUT_MS = 2_000;

/** The page. */
export async function portfolio(c: PortalContext): Promise<Response> {
  const { mesh, user } = c.env;
  const { portfolio } = await gather(mesh, {
    portfolio: { call: (mesh) => clients(mesh).portfolio.valued({ user }) },
  }, READ_TIMEOUT_MS);
  return c.html(
    <Layout title="Portfolio · My Mesh" here="/portfolio">
      <div class="greeting">
        <h1>Portfolio</h1>
      </div>
      <Notice problem={c.req.query("problem")} />
      <div class="single">
        <Card id="portfolio" title="Positions">
          {portfolio.value
            ? (
              <>
                <PositionTable portfolio={portfolio.value} />
                <ServedLine
                  service="portfolio"
                  by={portfolio.value.by}
                  remark={memoryRemark(portfolio.value)}
                  ms={portfolio.ms}
                />
              </>
            )
            : <TroubleNote service="portfolio" error={portfolio.error} ms={portfolio.ms} />}
        </Card>
        <Card id="add" title="Add or change a position">
          <PositionFields />
        </Card>
      </div>
    </Layout>,
  );
}

/** Takes the form of a position; the answer is a redirection to the page. */
export async function putPosition(c: PortalContext): Promise<Response> {
  const form = readPositionForm(await readForm(c));
  if (!form.ok) return back(c, form.problem);
  const { user } = c.env;
  if (user === null) return back(c, "cookies");
  try {
    const { position } = form;
    await clients(c.env.mesh).portfolio.put({ user, position }, { timeoutMs: WRITE_TIMEOUT_MS });
    return back(c);
  } catch (error) {
    if (isMeshError(error, "RESOURCE_EXHAUSTED")) return back(c, "full");
    console.warn("portal: position not saved:", String(error));
    return back(c, "unsaved");
  }
}

/** Takes the form that removes a position; the answer is a redirection to the page. */
export async function removePosition(c: PortalContext): Promise<Response> {
  const symbol = String((await readForm(c)).get("symbol"));
  const { user } = c.env;
  if (user === null) return back(c, "cookies");
  try {
    await clients(c.env.mesh).portfolio.remove({ user, symbol }, { timeoutMs: WRITE_TIMEOUT_MS });
    return back(c);
  } catch (error) {
    if (isMeshError(error, "INVALID_ARGUMENT")) return back(c, "symbol");
    console.warn("portal: position not removed:", String(error));
    return back(c, "unsaved");
  }
}

function back(c: PortalContext, problem?: string): Response {
  return c.redirect(problem === undefined ? "/portfolio" : `/portfolio?problem=${problem}`, 303);
}

/** Positions in full, each with a button that removes it. */
export const PositionTable: FC<{ portfolio: ValuedPortfolio }> = ({ portfolio }) => (
  <>
    <Worth portfolio={portfolio} editable />
    {portfolio.positions.length === 0
      ? <p class="empty">You own nothing yet. Add a first position below.</p>
      : (
        <table class="positions">
          <thead>
            <tr>
              <th scope="col">Shares</th>
              <th scope="col" class="number wide">Cost</th>
              <th scope="col" class="number wide">Price</th>
              <th scope="col" class="number">Worth</th>
              <th scope="col" class="number">Gain</th>
              <th scope="col">
                <span class="visually-hidden">Remove</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {portfolio.positions.map((position) => (
              <tr>
                <th scope="row">
                  {position.symbol} <span>× {plain(position.shares)}</span>
                </th>
                <td class="number wide">{price(position.cost)}</td>
                <td class="number wide">
                  {position.price === null ? "–" : price(position.price)}
                </td>
                <td class="number">
                  {position.value === null ? "–" : wholeDollars(position.value)}
                </td>
                <td class="number">
                  {position.gain === null
                    ? "–"
                    : (
                      <span class={`change ${direction(position.gain)}`}>
                        {signedDollars(position.gain)}
                      </span>
                    )}
                </td>
                <td class="act">
                  <form method="post" action="/portfolio/remove">
                    <input type="hidden" name="symbol" value={position.symbol} />
                    <button type="submit" class="quiet" aria-label={`Remove ${position.symbol}`}>
                      <span class="word">Remove</span>
                      <span class="sign">×</span>
                    </button>
                  </form>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
  </>
);

const PositionFields: FC = () => (
  <form class="fields" method="post" action="/portfolio">
    <label>
      Company
      <select name="symbol" required>
        {LISTINGS.map(({ symbol, name }) => <option value={symbol}>{symbol} · {name}</option>)}
      </select>
    </label>
    <label>
      Shares
      <input name="shares" inputmode="decimal" required autocomplete="off" placeholder="100" />
    </label>
    <label>
      Cost of a share, $
      <input name="cost" inputmode="decimal" required autocomplete="off" placeholder="41.10" />
    </label>
    <button type="submit">Save position</button>
    <p class="note">A company that you own already is replaced.</p>
  </form>
);
