/**
 * The half of a peer that makes calls, as the benchmark sees it: an HTTP server that runs a loop when asked,
 * and makes one call for each request of a browser. The same in a site of mesh and in the other peers' programs.
 *
 * @module
 */
import type { Caller } from "./caller.ts";
import { closedLoop } from "./closed_loop.ts";
import { INPUT, WORKLOADS } from "./workloads.ts";

/** Where a request becomes one call. */
export const FRONT_PATH = "/front";

/**
 * Answers a request: `/front` makes one call, `/loop?workload=bytes-64&ms=1000` (or `&calls=1000`) runs a loop
 * and tells what it measured.
 *
 * @param request The request.
 * @param caller Makes the calls.
 */
export async function answer(request: Request, caller: Caller): Promise<Response> {
  if (request.url.endsWith(FRONT_PATH)) {
    return new Response(await caller.call("bytes", INPUT) as Uint8Array<ArrayBuffer>);
  }
  const { searchParams } = new URL(request.url);
  const workload = WORKLOADS.find(({ name }) => name === searchParams.get("workload"));
  if (workload === undefined) return new Response("no such workload", { status: 404 });
  const calls = searchParams.get("calls");
  const end = calls === null ? { ms: Number(searchParams.get("ms")) } : { calls: Number(calls) };
  return Response.json(await closedLoop(workload.inFlight, end, () => workload.once(caller)));
}
