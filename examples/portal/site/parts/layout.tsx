/**
 * The frame of every page.
 *
 * @module
 */
import type { Child, FC } from "hono/jsx";
import { raw } from "hono/html";
import { ASSETS } from "../assets.ts";
import { FAVICON, Logo } from "./icons.tsx";

/** What a page says about itself. */
export interface LayoutProps {
  title: string;
  /** The page's entry in the navigation. */
  here?: "/" | "/quotes" | "/portfolio" | "/settings";
  /** Whether prices move by script; the page is complete without. */
  live?: boolean;
  /** Reloads the page after so many seconds where there is no script. */
  refreshSeconds?: number;
  children?: Child;
}

const PAGES = [
  { href: "/", text: "Summary" },
  { href: "/quotes", text: "Market" },
  { href: "/portfolio", text: "Portfolio" },
  { href: "/settings", text: "Settings" },
] as const;

const DESCRIPTION = "News, prices, weather and scores on one page: the example site of mesh.";

/** A whole document. */
export const Layout: FC<LayoutProps> = ({ title, here, live, refreshSeconds, children }) => (
  <>
    {raw("<!doctype html>")}
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>{title}</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="theme-color" content="#fbfaf8" media="(prefers-color-scheme: light)" />
        <meta name="theme-color" content="#17151b" media="(prefers-color-scheme: dark)" />
        <meta name="description" content={DESCRIPTION} />
        <link rel="icon" href={FAVICON} />
        <link rel="stylesheet" href={ASSETS["portal.css"].href} />
        {live && <script src={ASSETS["live.js"].href} defer></script>}
        {refreshSeconds !== undefined && (
          <noscript>
            <meta http-equiv="refresh" content={String(refreshSeconds)} />
          </noscript>
        )}
      </head>
      <body>
        <a class="skip" href="#content">Skip to content</a>
        <header class="top">
          <div class="frame">
            <a class="brand" href="/">
              <Logo />
              <span>
                My <b>Mesh</b>
              </span>
            </a>
            <nav aria-label="Pages">
              <ul>
                {PAGES.map(({ href, text }) => (
                  <li>
                    <a href={href} {...(href === here ? { "aria-current": "page" } : {})}>{text}</a>
                  </li>
                ))}
              </ul>
            </nav>
          </div>
        </header>
        <main id="content" class="frame" tabindex={-1}>{children}</main>
        <footer class="bottom">
          <p class="frame">
            An example site of{" "}
            <b>mesh</b>. Companies, clubs, news and weather are invented; prices go where chance
            takes them.
          </p>
        </footer>
      </body>
    </html>
  </>
);
