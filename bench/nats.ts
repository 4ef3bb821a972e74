/**
 * NATS request/reply with the same work: 256 bytes in, 1 KiB out, one requester, one responder, and the
 * broker between them.
 *
 * @module
 */
import { connect } from "@nats-io/transport-node";
import { fromFileUrl } from "@std/path";
import { closedLoop, type LoopResult } from "./closed_loop.ts";
import { cpuUs } from "./processes.ts";

/** A loop over NATS, and its cost. */
export interface NatsResult extends LoopResult {
  readonly inFlight: number;
  /** CPU per call over requester, broker and responder, in µs. */
  readonly cpuUsPerCall: number;
}

/**
 * Measures NATS.
 *
 * @param loops Calls in flight and calls in all, for each loop.
 * @returns The results; `undefined` when there is no `nats-server` on this machine.
 */
export async function measureNats(
  loops: readonly { readonly inFlight: number; readonly calls: number }[],
): Promise<NatsResult[] | undefined> {
  const port = freePort();
  let broker: Deno.ChildProcess;
  try {
    broker = new Deno.Command("nats-server", {
      args: ["-a", "127.0.0.1", "-p", String(port)],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  const url = `127.0.0.1:${port}`;
  await listening(port);
  const responder = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--quiet",
      fromFileUrl(new URL("./nats_responder.ts", import.meta.url)),
      url,
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = responder.stdout.getReader();
  await reader.read();
  const connection = await connect({ servers: url });
  try {
    const input = new Uint8Array(256);
    const request = () => connection.request("reply", input, { timeout: 10_000 });
    await closedLoop(64, 20_000, request);
    const results: NatsResult[] = [];
    const pids = [Deno.pid, broker.pid, responder.pid];
    for (const { inFlight, calls } of loops) {
      const before = pids.reduce((sum, pid) => sum + cpuUs(pid), 0);
      const result = await closedLoop(inFlight, calls, request);
      const after = pids.reduce((sum, pid) => sum + cpuUs(pid), 0);
      results.push({ inFlight, ...result, cpuUsPerCall: (after - before) / calls });
    }
    return results;
  } finally {
    await connection.close();
    for (const child of [responder, broker]) {
      child.kill("SIGTERM");
      await child.status;
    }
    await reader.cancel();
  }
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

async function listening(port: number): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }
  throw new Error("nats-server does not listen");
}
