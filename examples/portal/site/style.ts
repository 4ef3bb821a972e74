/**
 * The style sheet of all pages.
 *
 * @module
 */

/** Plain CSS: one column on a phone, two or three on a desk, light and dark as the system has it. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #fbfaf8; --card: #fff; --ink: #1d1a22; --soft: #615b6b; --line: #e6e2ea; --tint: #f4f0fa;
  --accent: #5f2db0; --on-accent: #fff; --up: #0b6b43; --down: #b02323; --alert: #fdf3e3; --alert-ink: #6b4300;
  --sun: #f0a81c; --cloud: #b9c1cf; --cloud-dark: #8893a6; --drop: #3b82c4;
  --shadow: 0 1px 2px rgb(40 20 70 / .05), 0 6px 20px rgb(40 20 70 / .05);
  --serif: "Iowan Old Style", "Palatino Linotype", Palatino, "URW Palladio L", Charter, Georgia, serif;
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #17151b; --card: #201d26; --ink: #edeaf2; --soft: #a8a1b5; --line: #35303f; --tint: #2a2533;
    --accent: #c4a4f7; --on-accent: #1c1230; --up: #5bd0a0; --down: #ff9089; --alert: #362b17; --alert-ink: #f3d6a0;
    --sun: #f6bd45; --cloud: #8c96a8; --cloud-dark: #6b7488; --drop: #74b5ee;
    --shadow: 0 1px 2px rgb(0 0 0 / .3);
  }
}
*, *::before, *::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; scroll-padding-top: 1rem; }
body { margin: 0; min-height: 100vh; display: grid; grid-template: auto 1fr auto / minmax(0, 1fr);
  background: var(--paper); color: var(--ink); font: 1rem/1.5 var(--sans); }
h1, h2, h3, p, ul, ol, dl, dd, figure, fieldset { margin: 0; padding: 0; }
ul, ol { list-style: none; }
a { color: var(--accent); text-underline-offset: .2em; text-decoration-thickness: 1px; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
main:focus { outline: none; }
.frame { width: 100%; max-width: 84rem; margin-inline: auto; padding-inline: clamp(1rem, 3vw, 2.25rem); }
.visually-hidden { position: absolute; width: 1px; height: 1px; margin: -1px; padding: 0; border: 0;
  overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip { position: absolute; left: 1rem; top: -4rem; z-index: 1; padding: .6rem 1rem; border-radius: 0 0 8px 8px;
  background: var(--accent); color: var(--on-accent); }
.skip:focus { top: 0; }
.note { color: var(--soft); font-size: .875rem; }
.empty { color: var(--soft); padding-block: .75rem; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.big { font: 400 clamp(1.75rem, 12cqi, 2.5rem)/1.1 var(--serif); font-variant-numeric: lining-nums tabular-nums; letter-spacing: -.01em; }

.top { border-bottom: 1px solid var(--line); background: var(--card); }
.top .frame { display: flex; flex-wrap: wrap; align-items: center; gap: .25rem 2rem; padding-block: .6rem; }
.brand { display: inline-flex; align-items: center; gap: .6rem; color: var(--ink); text-decoration: none;
  font: 400 1.45rem/1 var(--serif); }
.brand b { font-weight: 700; }
.logo { display: block; fill: none; } .logo-ground { fill: #5f2db0; }
nav { margin-left: auto; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem; }
nav a { display: block; padding: .45rem .8rem; border-radius: 999px; color: var(--soft); text-decoration: none;
  font-size: .95rem; font-weight: 500; }
nav a:hover { color: var(--ink); background: var(--tint); }
nav a[aria-current] { color: var(--accent); background: var(--tint); }
.bottom { margin-top: 2.5rem; border-top: 1px solid var(--line); color: var(--soft); font-size: .8125rem; }
.bottom p { padding-block: 1.25rem; }

.greeting { display: flex; flex-wrap: wrap; align-items: baseline; gap: .1rem 1rem; padding-block: 1.75rem 1.1rem; }
.greeting h1, .fault h1, .story h1 { font: 400 clamp(1.9rem, 4.5vw, 2.6rem)/1.12 var(--serif); letter-spacing: -.015em; text-wrap: balance; }
.greeting p { color: var(--soft); }
.banner { display: flex; flex-wrap: wrap; align-items: baseline; gap: .1rem .7rem; margin-bottom: 1.25rem;
  padding: .7rem 1.1rem; border-radius: 10px; background: var(--tint); font-size: .95rem; }
.banner span { color: var(--soft); } .banner a { margin-left: auto; font-weight: 600; }
.notice { margin-bottom: 1.25rem; padding: .7rem 1.1rem; border-radius: 10px; background: var(--alert); color: var(--alert-ink); }

.cards { columns: 1; column-gap: 1.25rem; }
@media (min-width: 44rem) { .cards { columns: 2; } }
@media (min-width: 70rem) { .cards { columns: 3; } }
.single { display: grid; grid-template-columns: minmax(0, 1fr); gap: 1.25rem; max-width: 48rem; }
.card { container-type: inline-size; display: flow-root; break-inside: avoid; overflow-wrap: anywhere; margin-bottom: 1.25rem; padding: 1.1rem 1.25rem .8rem; border: 1px solid var(--line);
  border-radius: 14px; background: var(--card); box-shadow: var(--shadow); }
.single .card { margin-bottom: 0; }
.single:first-child { padding-top: 1.75rem; }
.card > header { display: flex; flex-wrap: wrap; align-items: baseline; justify-content: space-between; gap: 0 1rem; margin-bottom: .6rem; }
.card h2 { font: 700 .8125rem/1.4 var(--sans); letter-spacing: .07em; text-transform: uppercase; color: var(--accent); }
.more { font-size: .875rem; color: var(--soft); } .more:hover { color: var(--accent); }
.served { margin-top: .85rem; padding-top: .5rem; border-top: 1px solid var(--line); color: var(--soft);
  font-size: .75rem; font-variant-numeric: tabular-nums; }
.trouble { padding: 1rem; border-radius: 10px; background: var(--alert); color: var(--alert-ink); font-size: .95rem; }
.kept { margin-bottom: .8rem; padding: .5rem .8rem; border-radius: 10px; background: var(--alert); color: var(--alert-ink); font-size: .875rem; }
.nothing { padding-block: 2rem; font-size: 1.1rem; }

.lead h3 { font: 600 1.5rem/1.2 var(--serif); letter-spacing: -.01em; text-wrap: balance; }
.lead h3 a, .headlines a { color: var(--ink); text-decoration: none; }
.lead h3 a:hover, .headlines a:hover { color: var(--accent); text-decoration: underline; text-decoration-thickness: 1px; }
.lead > p { margin-top: .45rem; color: var(--soft); } .lead .byline { margin-top: .35rem; }
.headlines { margin-top: .9rem; }
.headlines li { padding-block: .6rem; border-top: 1px solid var(--line); }
.headlines a { font: 500 1.05rem/1.3 var(--serif); }
.byline { color: var(--soft); font-size: .8125rem; }
.desk { text-transform: capitalize; font-weight: 600; color: var(--accent); }
.desk::after { content: " ·"; color: var(--soft); font-weight: 400; }
.story { padding: 1.5rem clamp(1.25rem, 4vw, 2.25rem) 1rem; }
.story h1 { margin-block: .4rem .9rem; } .story > p:not(.byline, .served) { font: 1.2rem/1.6 var(--serif); max-width: 38rem; }
#others-title { text-transform: uppercase; }

table { width: 100%; border-collapse: collapse; font-size: .95rem; }
th { text-align: left; font-weight: 600; }
thead th { padding-block: .25rem; color: var(--soft); font-size: .75rem; font-weight: 500; }
tbody th, tbody td { padding-block: .45rem; border-top: 1px solid var(--line); }
td.number, th.number { padding-left: .75rem; }
.prices tbody tr:first-child > * { border-top: 0; }
.prices th { line-height: 1.25; } .prices th span { display: block; color: var(--soft); font-size: .8125rem; font-weight: 400; }
.prices .line { width: 84px; } .prices td:nth-child(3) { font-weight: 600; }
.positions th span { color: var(--soft); font-weight: 400; }
.spark { display: block; fill: none; stroke-width: 1.6; stroke-linejoin: round; stroke-linecap: round; }
.spark.up { stroke: var(--up); } .spark.down { stroke: var(--down); } .spark.flat { stroke: var(--soft); }
.change { font-variant-numeric: tabular-nums; white-space: nowrap; }
.change.up { color: var(--up); } .change.down { color: var(--down); }
.worth { margin-bottom: .75rem; } .worth p + p { margin-top: .15rem; }
.moved { animation: moved 1s ease-out; border-radius: 4px; }
@keyframes moved { from { background: var(--tint); color: var(--accent); } }
.live[data-live] { display: inline-flex; align-items: center; gap: .45rem; }
.live[data-live]::before { content: ""; width: .55rem; height: .55rem; border-radius: 50%; background: var(--soft); }
.live[data-live="on"]::before { background: var(--up); }

.now { display: grid; grid-template-columns: auto 1fr; align-items: center; gap: .75rem 1rem; }
.now dl { grid-column: 1 / -1; display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1rem; font-size: .875rem; }
.now dl div { display: flex; gap: .4rem; } .now dt { color: var(--soft); }
.now dd { font-variant-numeric: tabular-nums; }
.days { display: grid; grid-template-columns: repeat(5, minmax(0, 1fr)); margin-top: .75rem; text-align: center; font-size: .9rem; font-variant-numeric: tabular-nums; }
.days li { padding-block: .5rem; border-radius: 10px; } .days li:first-child { background: var(--tint); }
.days b { display: block; font-weight: 500; font-size: .8125rem; color: var(--soft); }
.days .sky { display: block; margin: .2rem auto; } .days .low { color: var(--soft); }
.sun { fill: var(--sun); stroke: var(--sun); stroke-width: 1.7; } .cloud { fill: var(--cloud); } .cloud.dark { fill: var(--cloud-dark); }
.drop, .flake, .mist { fill: none; stroke: var(--drop); stroke-width: 1.6; stroke-linecap: round; }
.flake { stroke-width: 2.8; } .mist { stroke: var(--cloud-dark); } .bolt { fill: var(--sun); }

.matches { margin-block: .5rem .9rem; }
.match { display: grid; grid-template-columns: minmax(0, 1fr) auto minmax(0, 1fr); align-items: center; gap: 0 .7rem; padding-block: .5rem; border-top: 1px solid var(--line); font-size: .9rem; line-height: 1.25; }
.match:first-child { border-top: 0; }
.match .home, .match .away { display: flex; align-items: center; gap: .45rem; } .match .home { justify-content: flex-end; text-align: right; }
.score { min-width: 3.2rem; text-align: center; font-weight: 700; font-size: 1rem; font-variant-numeric: tabular-nums; }
.state { grid-column: 1 / -1; text-align: center; color: var(--soft); font-size: .75rem; font-variant-numeric: tabular-nums; }
.match.live .state { color: var(--up); font-weight: 600; } .match.live .state::before { content: "Live "; }
.mine { font-weight: 700; }
.crest { flex: none; vertical-align: -.25em; } .crest-edge { fill: none; stroke: var(--soft); stroke-opacity: .5; }
.standings { font-size: .875rem; } .standings th { font-weight: 400; } .standings tbody th, .standings tbody td { padding-block: .28rem; }
.standings .mine th, .standings .mine td { background: var(--tint); font-weight: 600; }
.standings th:first-child { padding-left: .4rem; } .standings th:last-child, .standings td:last-child { padding-right: .4rem; }
.place { display: inline-block; width: 1.2rem; color: var(--soft); font-variant-numeric: tabular-nums; }
figure img { display: block; width: 100%; height: auto; border-radius: 10px; background: var(--tint); }
figcaption { margin-top: .5rem; color: var(--soft); font-size: .875rem; }

button, .button { display: inline-block; padding: .6rem 1.1rem; border: 0; border-radius: 10px; background: var(--accent); color: var(--on-accent);
  font: 600 .95rem/1.2 var(--sans); text-decoration: none; cursor: pointer; }
button:hover, .button:hover { filter: brightness(1.08); }
button.quiet { padding: .35rem .65rem; background: none; color: var(--accent); box-shadow: inset 0 0 0 1px var(--line); font-weight: 500; font-size: .875rem; }
button.quiet:hover { background: var(--tint); filter: none; } button:disabled { opacity: .35; cursor: default; }
input:not([type]), select { width: 100%; min-height: 2.6rem; padding: .45rem .7rem; border: 1px solid color-mix(in srgb, var(--soft) 60%, var(--line));
  border-radius: 8px; background: var(--card); color: var(--ink); font: inherit; }
label { display: block; font-size: .9rem; font-weight: 500; }
label > select, label > input:not([type]) { margin-top: .25rem; font-weight: 400; }
.fields { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); align-items: end; gap: .9rem; padding-bottom: .5rem; }
.fields .note { grid-column: 1 / -1; }
.act { width: 1%; padding-left: .75rem; text-align: right; } .act button { white-space: nowrap; } .act .sign { display: none; }
.settings { max-width: 62rem; } fieldset { min-width: 0; border: 1px solid var(--line); border-radius: 14px; background: var(--card); padding: .9rem 1.25rem 1.1rem; }
legend { float: left; width: 100%; margin-bottom: .4rem; font: 700 .8125rem/1.4 var(--sans); letter-spacing: .07em; text-transform: uppercase; color: var(--accent); }
legend + * { clear: both; }
.rows li { display: flex; align-items: center; justify-content: space-between; gap: 1rem; padding-block: .6rem; border-top: 1px solid var(--line); }
.rows { margin-top: .6rem; } .rows .tick { padding: 0; } .rows .note { display: block; }
.arrows { display: flex; gap: .35rem; flex: none; } .arrows button { width: 2.4rem; min-height: 2.4rem; padding: 0; }
.tick { display: flex; align-items: flex-start; gap: .7rem; padding-block: .3rem; font-weight: 400; font-size: .95rem; line-height: 1.35; }
.tick input { flex: none; width: 1.15rem; height: 1.15rem; margin: .08rem 0 0; accent-color: var(--accent); }
.choices { display: grid; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); align-items: start; gap: 1.25rem; margin-top: 1.25rem; }
.choices label + label:not(.tick) { margin-top: .9rem; }
.save { position: sticky; bottom: 0; margin-top: 1.25rem; padding-block: 1rem; background: linear-gradient(transparent, var(--paper) 35%); }
.fault { display: grid; place-content: center; justify-items: center; gap: .9rem; min-height: 50vh; text-align: center; } .fault p { color: var(--soft); } .fault .button { color: var(--on-accent); }

.making { margin-top: .75rem; color: var(--soft); font-size: .8125rem; } .making summary { cursor: pointer; }
.making table { max-width: 46rem; margin-top: .75rem; font-size: .8125rem; } .making th, .making td { padding-right: 1rem; padding-block: .25rem; }
.making .bar { width: 40%; padding-right: 0; } .making .bar svg { display: block; fill: var(--accent); } .making .failed { fill: var(--down); }

/* A card as narrow as its own letters make it: ch is wider where the font is. */
@container (max-width: 40ch) { .spark, .prices .line { width: 56px; } .standings .wide { display: none; } }
@container (max-width: 29ch) {
  .prices .line, .wide { display: none; }
  .act .word { display: none; } .act .sign { display: inline; }
}
@container (max-width: 25ch) {
  .now { grid-template-columns: 1fr; } .days { font-size: .75rem; }
  table .number { padding-left: .35rem; } table, .standings { font-size: .8125rem; } .prices th span { font-size: .75rem; }
}
@media (max-width: 34rem) {
  .top .frame { gap: .4rem; } nav { margin-inline: -.6rem; width: calc(100% + 1.2rem); } nav ul { justify-content: space-between; gap: 0; } nav a { padding-inline: .6rem; }
  .greeting { padding-block: 1.25rem .9rem; } .wide { display: none; } .banner a { margin-left: 0; }
  td.number, th.number { padding-left: .5rem; } .spark, .prices .line { width: 56px; }
  .rows .note { font-size: .8125rem; } .match { font-size: .875rem; }
}
@media (prefers-reduced-motion: reduce) { .moved { animation: none; } }
@media print { nav, .banner, .served, .making, .more { display: none; } .card { box-shadow: none; } }
`;
