// deno-lint-ignore-file jsx-key -- pages are rendered once: keys would only show up as attributes
/**
 * Page `/`: the user's summary.
 *
 * @module
 */
import type { FC } from "hono/jsx";
import { zoneOf } from "../../model/climate.ts";
import type { Banner } from "../../model/banners.ts";
import { clients } from "../clients.ts";
import { firstBanner } from "../first_banner.ts";
import { clock, longDate, milliseconds } from "../format.ts";
import { gather, type Outcome } from "../gather.ts";
import { LastKnown } from "../last_known.ts";
import { Layout } from "../parts/layout.tsx";
import { SectionCard } from "../parts/section_card.tsx";
import type { Answer } from "../section.ts";
import { type ReadySection, readySection, sectionPart } from "../section_part.tsx";
import type { Found } from "../template_cache.ts";
import { troubleOf } from "../trouble.ts";
import { type PortalContext, userTemplate } from "../user_template.ts";

/** Time for the whole page, in milliseconds: who waits longer is gone. */
const BUDGET_MS = 800;
/** A page without its notice is complete, so the notice has little time. */
const BANNER_TIMEOUT_MS = 300;

const known = new LastKnown<Answer>();

/** Asks for all sections at once and shows what came. */
export async function summary(c: PortalContext): Promise<Response> {
  const start = performance.now();
  const { mesh, user } = c.env;
  // Nearly always in memory. When it is not, it takes its share of the budget.
  const found = await userTemplate(c, clients(mesh));
  const { sections, preferences } = found.template;
  const of = { user, preferences };
  const parts = sections.map((section) => [section.id, sectionPart(section, of, known)] as const);
  const { banner, ...answers } = await gather<{ banner: Banner & Answer; [id: string]: Answer }>(
    mesh,
    { ...Object.fromEntries(parts), banner: { call: firstBanner, timeoutMs: BANNER_TIMEOUT_MS } },
    BUDGET_MS - (performance.now() - start),
  );
  const ms = performance.now() - start;
  const ready = await Promise.all(
    sections.map((section) => readySection(section, of, answers[section.id]!, known)),
  );
  return c.html(<SummaryPage {...{ found, ready, banner, now: Date.now(), ms }} />);
}

/** All that the page shows. */
export interface SummaryProps {
  found: Found;
  /** The template's sections, in their order. */
  ready: readonly ReadySection[];
  banner: Outcome<Banner & Answer>;
  /** Milliseconds since the epoch. */
  now: number;
  /** Time from the request to the last part. */
  ms: number;
}

/** The page, out of what has come. */
export const SummaryPage: FC<SummaryProps> = ({ found, ready, banner, now, ms }) => {
  const { sections, preferences } = found.template;
  return (
    <Layout title="My Mesh" here="/" live={sections.some(({ id }) => id === "quotes")}>
      <Greeting zone={zoneOf(preferences.city)} now={now} />
      {banner.value && (
        <p class="banner">
          <b>{banner.value.title}</b> <span>{banner.value.text}</span>{" "}
          <a href={banner.value.link}>{banner.value.linkText}</a>
        </p>
      )}
      {found.source === "unreachable" && (
        <p class="notice" role="status">
          Your own page cannot be reached at the moment. This is the one that everybody starts with;
          yours is not lost.
        </p>
      )}
      {sections.length === 0 && (
        <p class="nothing">
          Your page has no sections. <a href="/settings">Choose some.</a>
        </p>
      )}
      <div class="cards">
        {ready.map((section) => <SectionCard ready={section} />)}
      </div>
      <Making found={found} ready={ready} banner={banner} ms={ms} />
    </Layout>
  );
};

const Greeting: FC<{ zone: string; now: number }> = ({ zone, now }) => {
  const hour = Number(clock(now, zone).slice(0, 2));
  const part = hour < 5 ? "night" : hour < 12 ? "morning" : hour < 18 ? "afternoon" : "evening";
  return (
    <div class="greeting">
      <h1>Good {part === "night" ? "evening" : part}</h1>
      <p>{longDate(now, zone)}</p>
    </div>
  );
};

const SOURCES: Readonly<Record<Found["source"], string>> = {
  cache: "your template was in this process’s memory",
  profile: "your template came from the profile service",
  default: "this is the page that everybody starts with",
  stale: "the profile service was away, so your template may be old",
  unreachable: "the profile service was away, so this is the page that everybody starts with",
};

/** A line of the table of how the page was made. */
interface Made {
  name: string;
  /** How the server was found. */
  way: string;
  /** Who answered, or why nobody did. */
  by: string;
  failed: boolean;
  ms: number;
}

function madeSection({ section, by, keptAt, trouble, remark, ms }: ReadySection): Made {
  const name = section.service;
  const way = section.mode;
  if (trouble !== undefined) {
    return {
      name,
      way,
      by: keptAt ? `${trouble.code}, last known` : trouble.code,
      failed: true,
      ms,
    };
  }
  const place = `${by?.server} slot ${by?.slot}`;
  return { name, way, by: remark ? `${place}, ${remark}` : place, failed: false, ms };
}

function madeBanner({ value, error, ms }: SummaryProps["banner"]): Made {
  return {
    name: "banner",
    way: "first of two",
    by: value ? `${value.by.server} slot ${value.by.slot}` : troubleOf(error).code,
    failed: value === undefined,
    ms,
  };
}

type MakingProps = Pick<SummaryProps, "found" | "ready" | "banner" | "ms">;

/** How the page was made: one bar for each part, all from the same start. */
const Making: FC<MakingProps> = ({ found, ready, banner, ms }) => {
  const parts = [...ready.map(madeSection), madeBanner(banner)];
  const missing = parts.filter(({ failed }) => failed).length;
  const slowest = Math.max(...parts.map(({ ms }) => ms), 0.1);
  return (
    <details class="making">
      <summary>
        {parts.length} parts asked for side by side,{" "}
        {missing === 0 ? "all" : parts.length - missing} here after {milliseconds(ms)};{" "}
        {SOURCES[found.source]}
      </summary>
      <table>
        <thead>
          <tr>
            <th scope="col">Service</th>
            <th scope="col" class="wide">Routing</th>
            <th scope="col">Answered by</th>
            <th scope="col">Took</th>
            <th scope="col" aria-hidden="true"></th>
          </tr>
        </thead>
        <tbody>
          {parts.map(({ name, way, by, failed, ms }) => (
            <tr>
              <th scope="row">{name}</th>
              <td class="wide">{way}</td>
              <td>{by}</td>
              <td class="number">{milliseconds(ms)}</td>
              <td class="bar">
                <svg width="100%" height="8" aria-hidden="true">
                  <rect
                    class={failed ? "failed" : ""}
                    width={`${(ms / slowest * 100).toFixed(1)}%`}
                    height="8"
                    rx="2"
                  />
                </svg>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
};
