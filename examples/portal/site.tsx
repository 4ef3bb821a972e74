/**
 * The portal: a page put together from many services. This file holds the addresses; each page has its own under
 * `site/pages/`.
 *
 * @module
 */
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { csrf } from "hono/csrf";
import { secureHeaders } from "hono/secure-headers";
import type { SiteEnv } from "mesh";
import { ASSETS, isAsset } from "./site/assets.ts";
import { fault, notFound } from "./site/pages/fault.tsx";
import { market, marketStream } from "./site/pages/market.tsx";
import { photo } from "./site/pages/photo.ts";
import { portfolio, putPosition, removePosition } from "./site/pages/portfolio.tsx";
import { saveSettings, settings } from "./site/pages/settings.tsx";
import { story } from "./site/pages/story.tsx";
import { summary } from "./site/pages/summary.tsx";
import { isOwnOrigin } from "./site/own_origin.ts";

/** Largest form, in bytes. */
const FORM_MAX_BYTES = 16_384;

const app = new Hono<{ Bindings: SiteEnv }>();

app.use(secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'", "data:"],
    connectSrc: ["'self'"],
    formAction: ["'self'"],
    frameAncestors: ["'none'"],
    baseUri: ["'none'"],
  },
  referrerPolicy: "same-origin",
  xFrameOptions: "DENY",
  // Whether the site is reached by HTTPS only is known where TLS ends, not here.
  strictTransportSecurity: false,
}));
app.use(csrf({ origin: (origin, c) => isOwnOrigin(origin, c.req.header("host")) }));
app.use(bodyLimit({ maxSize: FORM_MAX_BYTES }));
app.use(async (c, next) => {
  await next();
  // Pages are made for one user; what may be kept longer says so itself.
  if (!c.res.headers.has("cache-control")) c.header("cache-control", "private, no-cache");
});

app.get("/", summary);
app.get("/quotes", market);
app.get("/quotes/stream", marketStream);
app.get("/portfolio", portfolio);
app.post("/portfolio", putPosition);
app.post("/portfolio/remove", removePosition);
app.get("/settings", settings);
app.post("/settings", saveSettings);
app.get("/news/:id", story);
app.get("/photos/:club", photo);
app.get("/assets/:name", (c) => {
  const name = c.req.param("name");
  if (!isAsset(name)) return c.notFound();
  const { type, text } = ASSETS[name];
  return c.body(text, 200, {
    "content-type": type,
    "cache-control": "public, max-age=31536000, immutable",
  });
});
app.notFound(notFound);
app.onError(fault);

export default app;
