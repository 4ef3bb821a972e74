/**
 * Pages for addresses that lead nowhere and for faults.
 *
 * @module
 */
import { HTTPException } from "hono/http-exception";
import type { FC } from "hono/jsx";
import { Layout } from "../parts/layout.tsx";
import type { PortalContext } from "../user_template.ts";

const REFUSED = "This request could not be understood.";
const REFUSALS: Readonly<Record<number, string>> = {
  403: "This form did not come from a page of this site.",
  413: "This is more than any form of this site holds.",
};

/** The page for an unknown address. */
export function notFound(c: PortalContext): Response | Promise<Response> {
  c.status(404);
  return c.html(
    <FaultPage
      title="Nothing here"
      text="There is no page at this address. It may have moved on."
    />,
  );
}

/** The page for a request that was refused or that failed. */
export function fault(error: Error, c: PortalContext): Response | Promise<Response> {
  const status = error instanceof HTTPException ? error.status : 500;
  c.status(status);
  if (status < 500) {
    return c.html(<FaultPage title="Not accepted" text={REFUSALS[status] ?? REFUSED} />);
  }
  console.error("portal:", c.req.method, c.req.path, error);
  return c.html(
    <FaultPage title="Our mistake" text="This page could not be made. Please try again." />,
  );
}

const FaultPage: FC<{ title: string; text: string }> = ({ title, text }) => (
  <Layout title={`${title} · My Mesh`}>
    <div class="fault">
      <h1>{title}</h1>
      <p>{text}</p>
      <p>
        <a class="button" href="/">To your summary</a>
      </p>
    </div>
  </Layout>
);
