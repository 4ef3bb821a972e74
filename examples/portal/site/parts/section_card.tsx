/**
 * A section on the page: its content, or a few words in its place.
 *
 * @module
 */
import type { Child, FC } from "hono/jsx";
import { raw } from "hono/html";
import type { ServedBy } from "../../model/served_by.ts";
import { clock, milliseconds } from "../format.ts";
import type { ReadySection } from "../section_part.tsx";
import { troubleOf } from "../trouble.ts";

/** The small line that says who answered. */
export const ServedLine: FC<
  { service: string; by: ServedBy; remark?: string | undefined; ms: number }
> = ({ service, by, remark, ms }) => (
  <Served parts={[service, `${by.server} slot ${by.slot}`, remark, milliseconds(ms)]} />
);

const Served: FC<{ parts: readonly (string | undefined)[] }> = ({ parts }) => (
  <p class="served">{parts.filter((part) => part !== undefined).join(" · ")}</p>
);

interface TroubleProps {
  service: string;
  text: string;
  /** What there is beside it. */
  rest?: string;
  code: string;
  ms: number;
}

/** A message in the place of a section's content. */
const Trouble: FC<TroubleProps> = ({ service, text, rest, code, ms }) => (
  <>
    <div class="trouble">
      <p>
        <b>{text}</b>
      </p>
      <p>{rest} Reload to try again.</p>
    </div>
    <Served parts={[service, code, milliseconds(ms)]} />
  </>
);

/** A message in the place of what a service did not give. */
export const TroubleNote: FC<{ service: string; error: unknown; ms: number }> = (props) => {
  return <Trouble service={props.service} ms={props.ms} {...troubleOf(props.error)} />;
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
export const SectionCard: FC<{ ready: ReadySection }> = ({ ready }) => {
  const { id, title, link } = ready.section;
  const aside = link && <a class="more" href={link.href}>{link.text}</a>;
  return (
    <Card id={id} title={title} aside={aside}>
      <Content {...ready} />
    </Card>
  );
};

const Content: FC<ReadySection> = ({ section, html, by, keptAt, remark, trouble, ms }) => {
  const { service } = section;
  if (html === undefined || by === undefined) {
    const rest = "The rest of your page is here.";
    return <Trouble service={service} rest={rest} ms={ms} {...trouble ?? troubleOf(undefined)} />;
  }
  if (trouble === undefined || keptAt === undefined) {
    return (
      <>
        {raw(html)}
        <ServedLine service={service} by={by} remark={remark} ms={ms} />
      </>
    );
  }
  return (
    <>
      <p class="kept">
        <b>
          Last known, as of{" "}
          <time datetime={new Date(keptAt).toISOString()}>{clock(keptAt)} UTC</time>.
        </b>{" "}
        {trouble.text}
      </p>
      {raw(html)}
      <Served parts={[service, trouble.code, "kept by this web process", milliseconds(ms)]} />
    </>
  );
};
