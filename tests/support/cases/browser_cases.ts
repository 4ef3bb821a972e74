/**
 * Calls of a site, for a browser's request.
 *
 * @module
 */
import { assertEquals, assertRejects } from "@std/assert";
import type { CallBench, CallCase } from "../call_case.ts";

function query({ witness }: CallBench): { id: string; search: string } {
  const { witness: port, id } = witness.about();
  return { id, search: `?witness=${port}&id=${id}` };
}

/** The cases. */
export const browserCases: readonly CallCase[] = [
  {
    name: "a browser that goes away cancels the calls made for its request",
    run: async (bench) => {
      const { id, search } = query(bench);
      const controller = new AbortController();
      const page = fetch(`${bench.url}/sleep${search}`, { signal: controller.signal });
      const aborted = assertRejects(() => page);
      await bench.witness.heard(`begun ${id}`);
      controller.abort();
      await aborted;
      await bench.witness.heard(`aborted CANCELLED ${id}`);
    },
  },
  {
    name: "a browser that goes away in the middle of a streamed page cancels the calls behind it",
    run: async (bench) => {
      const { id, search } = query(bench);
      const page = await fetch(`${bench.url}/items${search}`);
      const reader = page.body!.getReader();
      assertEquals(new TextDecoder().decode((await reader.read()).value), "1\n");
      await reader.cancel();
      await bench.witness.heard(`left ${id}`);
    },
  },
  {
    name: "the user's cookie is env.user and the key of the site's calls; a new browser has none",
    run: async ({ url }) => {
      const known = await fetch(`${url}/env`, { headers: { cookie: "a=b; mesh_user=ann-7" } });
      const { user, seen, hostname } = await known.json();
      assertEquals([user, seen.key, hostname], ["ann-7", "ann-7", "127.0.0.1"]);
      const fresh = await fetch(`${url}/env`);
      assertEquals(fresh.headers.get("set-cookie"), null);
      const { user: nobody, seen: unseen } = await fresh.json();
      assertEquals([nobody, unseen.key], [null, undefined]);
    },
  },
  {
    name: "the MeshError that a site imports is the class of the errors that its calls throw",
    run: async ({ url }) => {
      const seen = await (await fetch(`${url}/error`)).json();
      assertEquals(seen, { isMeshError: true, isSameClass: true });
    },
  },
];
