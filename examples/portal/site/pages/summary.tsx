// deno-lint-ignore-file jsx-key -- pages are rendered once: keys would only show up as attributes
/**
 * Page `/`: the user's summary.
 *
 * @module
 */
import type { FC } from "hono/jsx";
import { zoneOf } from "../../model/climate.ts";
import type { Banner } from "../../model/banners.ts";
import type { ServedBy } from "../../model/served_by.ts";
import { clients } from "../clients.ts";
import { clock, longDate, milliseconds } from "../format.ts";
import { gather, loadPart, type Outcome } from "../gather.ts";
import { Layout } from "../parts/layout.tsx";
import { type ReadySection, SectionCard, sectionPart } from "../parts/section_card.tsx";
import type { Found } from "../template_cache.ts";
import { troubleOf } from "../trouble.ts";
import { type PortalContext, userTemplate } from "../user_template.ts";

/** A page without its notice is complete, so the notice has little time. */
const BANNER_TIMEOUT_MS = 300;

/** Asks for all sections at once and shows what came. */
export async function summary(c: PortalContext): Promise<Response> {
  const start = performance.now();
  const services = clients(c.env.mesh);
  const { user } = c.env;
  const bannerLoading = loadPart({
    timeoutMs: BANNER_TIMEOUT_MS,
    load: (options) => services.banner.pick(undefined, options),
  });
  const found = await userTemplate(c, services);
  const { sections, preferences } = found.template;
  const request = { services, user, preferences };
  const outcomes = await gather(sections.map((section) => sectionPart(section, request)));
  const banner = await bannerLoading;
  const page = { found, outcomes, banner, now: Date.now(), ms: performance.now() - start };
  return c.html(<SummaryPage {...page} />);
}

/** All that the page shows. */
export interface SummaryProps {
  found: Found;
  /** Of the template's sections, in their order. */
  outcomes: readonly Outcome<ReadySection>[];
  banner: Outcome<Banner & { by: ServedBy }>;
  /** Milliseconds since the epoch. */
  now: number;
  /** Time from the request to the last part. */
  ms: number;
}

/** The page, out of what has come. */
export const SummaryPage: FC<SummaryProps> = ({ found, outcomes, banner, now, ms }) => {
  const { sections, preferences } = found.template;
  return (
    <Layout title="My Mesh" here="/" live={sections.some(({ id }) => id === "quotes")}>
      <Greeting zone={zoneOf(preferences.city)} now={now} />
      {banner.ok && (
        <p class="banner">
          <b>{banner.value.title}</b> <span>{banner.value.text}</span>{" "}
          <a href={banner.value.link}>{banner.value.linkText}</a>
        </p>
      )}
      {sections.length === 0 && (
        <p class="nothing">
          Your page has no sections. <a href="/settings">Choose some.</a>
        </p>
      )}
      <div class="cards">
        {sections.map((section, i) => <SectionCard section={section} outcome={outcomes[i]!} />)}
      </div>
      <Making found={found} outcomes={outcomes} banner={banner} ms={ms} />
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
};

type MakingProps = Pick<SummaryProps, "found" | "outcomes" | "banner" | "ms">;

/** How the page was made: one bar for each part, all from the same start. */
const Making: FC<MakingProps> = ({ found, outcomes, banner, ms }) => {
  const sections = found.template.sections.map((section, i) => {
    return { name: section.service, outcome: outcomes[i]! };
  });
  const parts: { name: string; outcome: Outcome<{ by: ServedBy }> }[] = [
    ...sections,
    { name: "banner", outcome: banner },
  ];
  const slowest = Math.max(...parts.map(({ outcome }) => outcome.ms), 0.1);
  return (
    <details class="making">
      <summary>
        {parts.length} parts asked for side by side, all here after {milliseconds(ms)};{" "}
        {SOURCES[found.source]}
      </summary>
      <table>
        <thead>
          <tr>
            <th scope="col">Service</th>
            <th scope="col">Answered by</th>
            <th scope="col">Took</th>
            <th scope="col" aria-hidden="true"></th>
          </tr>
        </thead>
        <tbody>
          {parts.map(({ name, outcome }) => (
            <tr>
              <th scope="row">{name}</th>
              <td>
                {outcome.ok
                  ? `${outcome.value.by.server} slot ${outcome.value.by.slot}`
                  : troubleOf(outcome.error).code}
              </td>
              <td class="number">{milliseconds(outcome.ms)}</td>
              <td class="bar">
                <svg width="100%" height="8" aria-hidden="true">
                  <rect
                    class={outcome.ok ? "" : "failed"}
                    width={`${(outcome.ms / slowest * 100).toFixed(1)}%`}
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
