/**
 * For tests: the real scatter and gather, for parts that ask no service.
 *
 * @module
 */
import type { Mesh } from "mesh";
import { CallScope } from "../../../client/call_scope.ts";
import { MeshClient } from "../../../client/mesh_client.ts";
import { gatherPage } from "../../../client/page.ts";
import { realOutside } from "../../../outside/real_outside.ts";
import { RetryBudget } from "../../../routing/retry_budget.ts";

/** A mesh whose `page` works; there is nobody for calls. */
export function pageWithoutServers(): Mesh {
  const client = new MeshClient(undefined as never, 1_000);
  return Object.assign(client, {
    page: ((parts, options = {}) =>
      gatherPage(
        client,
        new CallScope(),
        { hedgeBudget: new RetryBudget(), outside: realOutside },
        parts,
        options,
      )) as Mesh["page"],
  });
}
