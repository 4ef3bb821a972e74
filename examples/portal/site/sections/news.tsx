/**
 * Section: the newest headlines.
 *
 * @module
 */
import type { FC } from "hono/jsx";
import type { Story } from "../../model/newsroom.ts";
import { ago } from "../format.ts";
import { section } from "../section.ts";

const STORIES = 10;

/** Headlines of the chosen desks. */
export const news = section({
  id: "news",
  title: "News",
  about: "The newest headlines of the desks you choose below.",
  service: "news",
  mode: "normal",
  hedgeAfterMs: 100,
  question: ({ categories }) => categories.toSorted().join(),
  ask: ({ services, preferences: { categories } }) =>
    services.news.headlines({ categories, limit: STORIES }),
  render: ({ stories }) => <NewsBody stories={stories} now={Date.now()} />,
});

/** Where and when a story appeared. */
export const Byline: FC<{ story: Story; now: number }> = ({ story, now }) => (
  <p class="byline">
    <span class="desk">{story.category}</span>{" "}
    <time datetime={new Date(story.publishedAt).toISOString()}>{ago(story.publishedAt, now)}</time>
  </p>
);

/** The first story at length, the others as a list. */
export const NewsBody: FC<{ stories: readonly Story[]; now: number }> = ({ stories, now }) => {
  const [lead, ...others] = stories;
  if (lead === undefined) return <p class="empty">Nothing new.</p>;
  return (
    <>
      <article class="lead">
        <h3>
          <a href={`/news/${lead.id}`}>{lead.title}</a>
        </h3>
        <p>{lead.summary}</p>
        <Byline story={lead} now={now} />
      </article>
      <ul class="headlines">
        {others.map((story) => (
          <li>
            <a href={`/news/${story.id}`}>{story.title}</a>
            <Byline story={story} now={now} />
          </li>
        ))}
      </ul>
    </>
  );
};
