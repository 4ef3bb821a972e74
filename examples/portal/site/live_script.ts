/**
 * The script of pages with prices: it takes them from the server's event stream. Pages are complete without it.
 *
 * @module
 */

/** Plain JavaScript for the browser. */
export const LIVE_SCRIPT = `"use strict";
{
  const rows = new Map();
  for (const row of document.querySelectorAll("[data-symbol]")) {
    rows.set(row.dataset.symbol, row);
  }
  const badge = document.querySelector("[data-live]");
  let source;

  function say(state, text) {
    if (!badge) return;
    if (badge.textContent === text) return; // a screen reader would read it again
    badge.dataset.live = state;
    badge.textContent = text;
  }

  function show(quote) {
    const row = rows.get(quote.symbol);
    if (!row) return;
    const price = row.querySelector("[data-price]");
    const change = row.querySelector("[data-change]");
    if (price.textContent === quote.price) return;
    price.textContent = quote.price;
    change.textContent = quote.change;
    change.className = "change " + quote.direction;
    price.classList.remove("moved");
    void price.offsetWidth; // restarts the animation
    price.classList.add("moved");
  }

  // A hidden page holds no stream: browsers allow six connections to a site, over all of its pages.
  function follow() {
    if (document.hidden) {
      source?.close();
      source = undefined;
      say("off", "Paused");
    } else if (!source && rows.size > 0) {
      source = new EventSource("/quotes/stream?symbols=" + [...rows.keys()].join(","));
      source.onerror = () => say("off", "Reconnecting");
      // Prices are live when some have come: an open stream alone says nothing about the service behind it.
      source.onmessage = (event) => {
        say("on", "Live");
        JSON.parse(event.data).forEach(show);
      };
    }
  }

  document.addEventListener("visibilitychange", follow);
  follow();
}
`;
