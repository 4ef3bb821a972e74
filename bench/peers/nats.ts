/**
 * NATS request/reply with the same work: one requester, one responder, and the broker between them.
 *
 * @module
 */
import { delay } from "@std/async/delay";
import type { Peer } from "./peer.ts";
import { Program } from "./program.ts";

/** The largest reply of the workloads must fit; 1 MiB is what the broker takes by default. */
const CONFIG = "max_payload: 33554432\n";

/**
 * Starts it.
 *
 * @param stack Ends it.
 * @returns `undefined` when there is no `nats-server` on this machine.
 */
export async function startNats(stack: AsyncDisposableStack): Promise<Peer | undefined> {
  const port = freePort();
  const config = await Deno.makeTempFile({ prefix: "mesh-bench-", suffix: ".conf" });
  stack.defer(() => Deno.remove(config));
  await Deno.writeTextFile(config, CONFIG);
  let broker: Deno.ChildProcess;
  try {
    broker = new Deno.Command("nats-server", {
      args: ["-a", "127.0.0.1", "-p", String(port), "-c", config],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  stack.defer(async () => {
    broker.kill();
    await broker.status;
  });
  await listening(port);
  const address = `127.0.0.1:${port}`;
  const responder = stack.use(await Program.start("nats/responder.ts", address));
  const requester = stack.use(await Program.start("nats/requester.ts", address));
  return {
    name: "nats",
    url: requester.line,
    processes: [
      { role: "requester", pid: requester.pid },
      { role: "broker", pid: broker.pid },
      { role: "responder", pid: responder.pid },
    ],
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
