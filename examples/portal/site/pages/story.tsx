/**
 * Page `/news/:id`: one story.
 *
 * @module
 */
import { clients } from "../clients.ts";
import { loadPart } from "../gather.ts";
import { Layout } from "../parts/layout.tsx";
import { Card, ServedLine, TroubleNote } from "../parts/section_card.tsx";
import { Byline } from "../sections/news.tsx";
import { isMeshError } from "../trouble.ts";
import type { PortalContext } from "../user_template.ts";

const TIMEOUT_MS = 1_500;

/** The page. */
export async function story(c: PortalContext): Promise<Response> {
  const services = clients(c.env.mesh);
  const id = c.req.param("id") ?? "";
  const outcome = await loadPart({
    timeoutMs: TIMEOUT_MS,
    load: (options) => services.news.story({ id }, options),
  });
  if (!outcome.ok) {
    if (isMeshError(outcome.error, "NOT_FOUND")) return await c.notFound();
    c.status(503);
    return c.html(
      <Layout title="My Mesh">
        <div class="single">
          <Card id="story" title="News">
            <TroubleNote service="news" error={outcome.error} ms={outcome.ms} />
          </Card>
        </div>
      </Layout>,
    );
  }
  const { story, more, by } = outcome.value;
  const now = Date.now();
  return c.html(
    <Layout title={`${story.title} · My Mesh`}>
      <div class="single">
        <article class="card story">
          <Byline story={story} now={now} />
          <h1>{story.title}</h1>
          <p>{story.summary}</p>
          <ServedLine service="news" by={by} ms={outcome.ms} />
        </article>
        <Card id="others" title={`More ${story.category}`}>
          <ul class="headlines">
            {more.map((other) => (
              <li>
                <a href={`/news/${other.id}`}>{other.title}</a>
                <Byline story={other} now={now} />
              </li>
            ))}
          </ul>
        </Card>
      </div>
    </Layout>,
  );
}
