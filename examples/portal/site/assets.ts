/**
 * Style sheet and script: read once, served under an address that changes with their content.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { LIVE_SCRIPT } from "./live_script.ts";
import { STYLE } from "./style.ts";

/** A file that browsers may keep for good. */
export interface Asset {
  /** Its address, which names its content. */
  href: string;
  type: string;
  text: string;
}

/** The files by name. */
export const ASSETS = {
  "portal.css": asset("portal.css", "text/css; charset=utf-8", STYLE),
  "live.js": asset("live.js", "text/javascript; charset=utf-8", LIVE_SCRIPT),
};

/** Whether a text names one of the files. */
export function isAsset(name: string): name is keyof typeof ASSETS {
  return Object.hasOwn(ASSETS, name);
}

function asset(name: string, type: string, text: string): Asset {
  const version = createHash("sha256").update(text).digest("hex").slice(0, 12);
  return { href: `/assets/${name}?v=${version}`, type, text };
}
