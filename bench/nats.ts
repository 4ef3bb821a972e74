/**
 * NATS request/reply with the same work: 256 bytes in, 1 KiB out, one requester, one responder, and the
 * broker between them.
 *
 * @module
 */
import { delay } from "@std/async/delay";
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

/** A broker and its responder, with a requester in this process. */
export interface NatsPeer extends AsyncDisposable {
  /** Requester, broker and responder. */
  readonly pids: readonly number[];
  /** Makes so many requests, so many at a time. */
  loop(inFlight: number, calls: number): Promise<LoopResult>;
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
  await using nats = await startNats();
  if (nats === undefined) return undefined;
  await nats.loop(64, 20_000);
  const results: NatsResult[] = [];
  for (const { inFlight, calls } of loops) {
    const before = nats.pids.reduce((sum, pid) => sum + cpuUs(pid), 0);
    const result = await nats.loop(inFlight, calls);
    const after = nats.pids.reduce((sum, pid) => sum + cpuUs(pid), 0);
    results.push({ inFlight, ...result, cpuUsPerCall: (after - before) / calls });
  }
  return results;
}

/**
 * Starts NATS.
 *
 * @returns `undefined` when there is no `nats-server` on this machine.
 */
export async function startNats(): Promise<NatsPeer | undefined> {
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
  const input = new Uint8Array(256);
  return {
    pids: [Deno.pid, broker.pid, responder.pid],
    loop: (inFlight, calls) =>
      closedLoop(inFlight, calls, () => connection.request("reply", input, { timeout: 10_000 })),
    [Symbol.asyncDispose]: async () => {
      await connection.close();
      responder.kill();
      broker.kill();
      await Promise.all([responder.status, broker.status, reader.cancel()]);
    },
  };
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
      await delay(25);
    }
  }
  throw new Error("nats-server does not listen");
}
