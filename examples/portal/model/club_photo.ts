/**
 * The "photo" of a club: its side before the stand, drawn as SVG in the club's colours.
 *
 * @module
 */
import type { Club } from "./league.ts";
import { seedOf, uniform } from "./noise.ts";

const SKIN = ["#f2c9a1", "#d9a066", "#a86b3c", "#7a4a2b", "#e8b48a"];
const HAIR = ["#1f1a17", "#3b2a1e", "#6b4423", "#b5651d", "#d8d2c4"];

/** The drawing, as the text of an SVG document of 640 × 400. */
export function drawClubPhoto(club: Club): string {
  const seed = seedOf(club.id);
  const back = [0, 1, 2, 3, 4, 5].map((i) => player(club, seed, i, 95 + i * 90, 196));
  const front = [0, 1, 2, 3, 4].map((i) => player(club, seed, 6 + i, 140 + i * 90, 252));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 400" role="img" ` +
    `aria-label="${club.name}">` +
    `<defs><linearGradient id="sky" x2="0" y2="1"><stop stop-color="#8fb8d8"/>` +
    `<stop offset="1" stop-color="#e4eef5"/></linearGradient></defs>` +
    `<rect width="640" height="400" fill="url(#sky)"/>` + stand(club, seed) + pitch() +
    back.join("") + front.join("") + `</svg>`;
}

/** Rows of spectators, most of them in the club's colours, under a roof. */
function stand(club: Club, seed: number): string {
  const colours = [club.primary, club.primary, club.secondary, "#e9ecef", "#adb5bd", "#6c757d"];
  const heads: string[] = [];
  for (let row = 0; row < 7; row++) {
    for (let seat = 0; seat < 46; seat++) {
      const draw = uniform(seed ^ 9, row * 46 + seat);
      const colour = colours[Math.floor(draw * colours.length)]!;
      const x = seat * 14 + (row % 2) * 7 + 2;
      heads.push(`<circle cx="${x}" cy="${86 + row * 17}" r="5.4" fill="${colour}"/>`);
    }
  }
  return `<rect y="40" width="640" height="176" fill="#39424e"/>${heads.join("")}` +
    `<path d="M0 40 640 40 640 24 0 12z" fill="#252c35"/>` +
    `<rect y="40" width="640" height="30" fill="${club.primary}"/>` +
    `<rect y="206" width="640" height="26" fill="#252c35"/>` +
    `<text x="320" y="61" text-anchor="middle" font-family="system-ui,sans-serif" ` +
    `font-size="17" font-weight="700" letter-spacing="6" fill="${club.secondary}">` +
    `${club.name.toUpperCase()}</text>`;
}

function pitch(): string {
  const stripes = [0, 1, 2, 3].map((i) => {
    return `<rect x="${i * 160}" y="232" width="80" height="168" fill="#4c9a57"/>`;
  });
  return `<rect y="232" width="640" height="168" fill="#43894d"/>${stripes.join("")}` +
    `<path d="M0 372h640" stroke="#f1f5f1" stroke-width="3" opacity=".8"/>`;
}

/** One player, with arms crossed; `x` is the middle, `y` the top of the head. */
function player(club: Club, seed: number, index: number, x: number, y: number): string {
  const skin = SKIN[Math.floor(uniform(seed ^ 11, index) * SKIN.length)]!;
  const hair = HAIR[Math.floor(uniform(seed ^ 12, index) * HAIR.length)]!;
  const keeper = index === 2; // the keeper stands out, as keepers do
  const shirt = keeper ? club.secondary : club.primary;
  const trim = keeper ? club.primary : club.secondary;
  return `<g transform="translate(${x} ${y})">` +
    `<ellipse cy="124" rx="30" ry="5" fill="#000" opacity=".22"/>` +
    `<path d="M-15 82h13l-1 40h-9zM2 82h13l-3 40h-9z" fill="${trim}"/>` +
    `<path d="M-17 74h34l2 20h-17l-2-8-2 8h-17z" fill="${trim}"/>` +
    `<path d="M-14 34q14 8 28 0l16 10-5 26h-8v10h-34v-10h-8l-5-26z" fill="${shirt}"/>` +
    `<path d="M-7 35q7 7 14 0" fill="none" stroke="${trim}" stroke-width="3"/>` +
    `<path d="M-25 62q25 12 50 0" fill="none" stroke="${skin}" stroke-width="8" ` +
    `stroke-linecap="round"/>` +
    `<circle cy="17" r="13" fill="${skin}"/>` +
    `<path d="M-13 16a13 13 0 0 1 26 0q-4-8-13-8t-13 8z" fill="${hair}"/></g>`;
}
