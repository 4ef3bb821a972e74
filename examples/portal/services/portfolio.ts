/**
 * Service `portfolio`: a user's positions, and their worth by the prices of service `quotes`. Its group is routed by
 * the user, whose portfolio the process that served him before still has in memory.
 *
 * @module
 */
import { MeshError } from "mesh";
import type { Context, ServiceOptions } from "mesh";
import { sharedDatabase } from "../model/database.ts";
import { checkPosition, checkSymbol, checkUser } from "../model/inputs.ts";
import { PortfolioMemory } from "../model/portfolio_memory.ts";
import { type Position, Positions, POSITIONS_MAX, samplePortfolio } from "../model/positions.ts";
import { type ServedBy, servedBy } from "../model/served_by.ts";
import { type Valuation, valuation } from "../model/valuation.ts";

/** A position is put or removed as a whole: twice is as good as once. */
export const service = { idempotent: true } satisfies ServiceOptions;

/** Most that the onward call for prices may take: a portfolio without prices is better than none. */
const PRICES_TIMEOUT_MS = 400;

/** A user's positions and their worth. */
export interface ValuedPortfolio extends Valuation {
  sample: boolean;
  by: ServedBy;
  /** Whether the positions were in the process's memory; missing without a user. */
  memory?: "hit" | "miss";
  /** Missing when the prices did not come. */
  pricedBy?: ServedBy;
}

/** A user's positions with prices; without a user, the sample that new users start with. */
export async function valued(
  input: { user: string | null },
  ctx: Context,
): Promise<ValuedPortfolio> {
  const user = input?.user ?? null;
  const found = user === null
    ? { portfolio: samplePortfolio() }
    : portfolios().read(checkUser(user));
  const { portfolio: { positions, sample }, ...memory } = found;
  const rest = { sample, ...memory, by: servedBy(ctx) };
  const quotes = ctx.mesh.service<typeof import("./quotes.ts")>("quotes");
  try {
    const symbols = positions.map(({ symbol }) => symbol);
    const prices = await quotes.list({ symbols }, { timeoutMs: PRICES_TIMEOUT_MS });
    return { ...valuation(positions, prices.quotes), ...rest, pricedBy: prices.by };
  } catch (error) {
    ctx.log.warn("no prices for a portfolio", { error: String(error) });
    return { ...valuation(positions, []), ...rest };
  }
}

/** Adds a position, or replaces the one of the same symbol. */
export function put(input: { user: string; position: Position }, ctx: Context): { by: ServedBy } {
  const user = checkUser(input?.user);
  const position = checkPosition(input.position);
  if (!portfolios().put(user, position)) {
    throw new MeshError("RESOURCE_EXHAUSTED", `a portfolio holds ${POSITIONS_MAX} positions`);
  }
  return { by: servedBy(ctx) };
}

/** Removes a position, if it is there. */
export function remove(input: { user: string; symbol: string }, ctx: Context): { by: ServedBy } {
  portfolios().remove(checkUser(input?.user), checkSymbol(input.symbol));
  return { by: servedBy(ctx) };
}

let memory: PortfolioMemory | undefined;

/** This process's memory; the database is opened at the first call. */
function portfolios(): PortfolioMemory {
  return memory ??= new PortfolioMemory(new Positions(sharedDatabase()));
}
