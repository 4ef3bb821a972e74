/**
 * A section on the page: its content, or a few words in its place.
 *
 * @module
 */
import type { Child, FC } from "hono/jsx";
import { raw } from "hono/html";
import type { ServedBy } from "../../model/served_by.ts";
import type { GatherPart, Outcome } from "../gather.ts";
import { milliseconds } from "../format.ts";
import type { Section, SectionRequest } from "../section.ts";
import { troubleOf } from "../trouble.ts";

/** A section whose content is HTML already: rendering it further cannot fail. */
export interface ReadySection {
  by: ServedBy;
  html: string;
}

/** The loading of a section, as a part of a page. */
export function sectionPart(
  section: Section,
  request: Omit<SectionRequest, "options">,
): GatherPart<ReadySection> {
  return {
    timeoutMs: section.timeoutMs,
    load: async (options) => {
      const { by, body } = await section.load({ ...request, options });
      return { by, html: String(await <>{body}</>) };
    },
  };
}

/** The small line that says who answered. */
export const ServedLine: FC<{ service: string; by: ServedBy; ms: number }> = (props) => (
  <p class="served">
    {props.service} · {props.by.server} slot {props.by.slot} · {milliseconds(props.ms)}
  </p>
);

/** A message in the place of a section's content. */
export const TroubleNote: FC<{ service: string; error: unknown; ms: number }> = (props) => {
  const { text, code } = troubleOf(props.error);
  return (
    <>
      <div class="trouble">
        <p>
          <b>{text}</b>
        </p>
        <p>The rest of your page is here. Reload to try again.</p>
      </div>
      <p class="served">
        {props.service} · {code} · {milliseconds(props.ms)}
      </p>
    </>
  );
};

/** A frame with a heading. */
export const Card: FC<{ id: string; title: string; aside?: Child; children?: Child }> = (props) => (
  <section class={`card ${props.id}`} aria-labelledby={`${props.id}-title`}>
    <header>
      <h2 id={`${props.id}-title`}>{props.title}</h2>
      {props.aside}
    </header>
    {props.children}
  </section>
);

/** A section, however it ended. */
export const SectionCard: FC<{ section: Section; outcome: Outcome<ReadySection> }> = (props) => {
  const { section: { id, title, link, service }, outcome } = props;
  const aside = link && <a class="more" href={link.href}>{link.text}</a>;
  return (
    <Card id={id} title={title} aside={aside}>
      {outcome.ok
        ? (
          <>
            {raw(outcome.value.html)}
            <ServedLine service={service} by={outcome.value.by} ms={outcome.ms} />
          </>
        )
        : <TroubleNote service={service} error={outcome.error} ms={outcome.ms} />}
    </Card>
  );
};
