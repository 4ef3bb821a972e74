/**
 * Page `/quotes`: every price, moving; and the stream of events that moves them.
 *
 * @module
 */
import { LISTINGS, type Quote } from "../../model/market.ts";
import { type Clients, clients } from "../clients.ts";
import { direction, price, signedPercent } from "../format.ts";
import { gather } from "../gather.ts";
import { Layout } from "../parts/layout.tsx";
import { Card, ServedLine, TroubleNote } from "../parts/section_card.tsx";
import { QuoteTable } from "../sections/quotes.tsx";
import type { PortalContext } from "../user_template.ts";

const BUDGET_MS = 1_000;
/** After so long a second server is asked. */
const HEDGE_MS = 100;
/** After so long a stream ends, and the browser opens the next one: no stream outlives its server's draining by hours. */
const STREAM_MS = 10 * 60_000;
/** Time after which a browser opens the next stream. */
const RETRY_MS = 2_000;

/** The page. */
export async function market(c: PortalContext): Promise<Response> {
  const symbols = LISTINGS.map(({ symbol }) => symbol);
  const { quotes } = await gather(c.env.mesh, {
    quotes: { call: (mesh) => clients(mesh).quotes.list({ symbols }), hedgeAfterMs: HEDGE_MS },
  }, BUDGET_MS);
  return c.html(
    <Layout title="Market · My Mesh" here="/quotes" live refreshSeconds={20}>
      <div class="greeting">
        <h1>Market</h1>
        {quotes.value && (
          <p>
            <span class="live" data-live="off" role="status">As of this moment</span>
          </p>
        )}
      </div>
      <div class="single">
        <Card id="quotes" title="All companies">
          {quotes.value
            ? (
              <>
                <QuoteTable quotes={quotes.value.quotes} />
                <ServedLine service="quotes" by={quotes.value.by} ms={quotes.ms} />
              </>
            )
            : <TroubleNote service="quotes" error={quotes.error} ms={quotes.ms} />}
        </Card>
      </div>
    </Layout>,
  );
}

/** Prices as server-sent events: one event holds all quotes that moved. */
export function marketStream(c: PortalContext): Response {
  const symbols = (c.req.query("symbols") ?? "").split(",").slice(0, LISTINGS.length);
  const events = ReadableStream.from(eventsOf(clients(c.env.mesh), symbols));
  return new Response(events.pipeThrough(new TextEncoderStream()), {
    headers: { "content-type": "text/event-stream", "cache-control": "no-store" },
  });
}

async function* eventsOf(services: Clients, symbols: string[]): AsyncGenerator<string> {
  yield `retry: ${RETRY_MS}\n\n`;
  try {
    for await (
      const quotes of services.quotes.watch({ symbols }, { timeoutMs: STREAM_MS })
    ) {
      yield `data: ${JSON.stringify(quotes.map(shown))}\n\n`;
    }
  } catch {
    // The stream's time is up or its server is gone: the browser opens the next one by itself.
  }
}

/** A quote as the page shows it, so that the script formats nothing. */
export function shown(quote: Quote): Record<"symbol" | "price" | "change" | "direction", string> {
  return {
    symbol: quote.symbol,
    price: price(quote.price),
    change: signedPercent(quote.changeRatio),
    direction: direction(quote.change),
  };
}
