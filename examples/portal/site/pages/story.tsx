/**
 * Page `/news/:id`: one story.
 *
 * @module
 */
import { clients } from "../clients.ts";
import { gather } from "../gather.ts";
import { Layout } from "../parts/layout.tsx";
import { Card, ServedLine, TroubleNote } from "../parts/section_card.tsx";
import { Byline } from "../sections/news.tsx";
import { isMeshError } from "../trouble.ts";
import type { PortalContext } from "../user_template.ts";

const BUDGET_MS = 1_500;
/** After so long a second server is asked. */
const HEDGE_MS = 100;

/** The page. */
export async function story(c: PortalContext): Promise<Response> {
  const id = c.req.param("id") ?? "";
  const { found } = await gather(c.env.mesh, {
    found: { call: (mesh) => clients(mesh).news.story({ id }), hedgeAfterMs: HEDGE_MS },
  }, BUDGET_MS);
  if (found.value === undefined) {
    if (isMeshError(found.error, "NOT_FOUND")) return await c.notFound();
    c.status(503);
    return c.html(
      <Layout title="News · My Mesh">
        <div class="greeting">
          <h1>News</h1>
        </div>
        <div class="single">
          <Card id="story" title="This story">
            <TroubleNote service="news" error={found.error} ms={found.ms} />
          </Card>
        </div>
      </Layout>,
    );
  }
  const { story, more, by } = found.value;
  const now = Date.now();
  return c.html(
    <Layout title={`${story.title} · My Mesh`}>
      <div class="single">
        <article class="card story">
          <Byline story={story} now={now} />
          <h1>{story.title}</h1>
          <p>{story.summary}</p>
          <ServedLine service="news" by={by} ms={found.ms} />
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
