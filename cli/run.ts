/**
 * `mesh run`: a server, from its flags to its exit code.
 *
 * @module
 */
import { loadConfig } from "../config/load.ts";
import { type RunningServer, startServer } from "../supervisor/server.ts";
import { type Arguments, ExitCode, type Io } from "./command.ts";
import { onSignals } from "./signals.ts";

/**
 * Runs a server until a signal or a fault ends it.
 *
 * @returns The server's exit code.
 * @throws {ConfigError} For a wrong configuration; whatever `startServer` throws for a failed start.
 */
export async function run(args: Arguments, io: Io): Promise<number> {
  const readConfig = async () =>
    (await loadConfig({ flags: args.values(), env: io.env, cwd: io.cwd })).config;
  const config = await readConfig();
  using signals = onSignals();
  // Nothing can be drained before the server serves: the first signal ends the start, the second one the
  // process, and its workers end with it.
  const starting = new AbortController();
  signals.handle((count) => {
    if (count > 1) Deno.exit(ExitCode.FAILED);
    starting.abort();
  });
  let server: RunningServer;
  try {
    server = await startServer(config, { readConfig, signal: starting.signal });
  } catch (error) {
    if (error === starting.signal.reason) return ExitCode.DONE;
    throw error;
  }
  signals.handle((count, signal) => {
    if (count === 1) void server.drain();
    else if (signal === "SIGINT") server.force();
  });
  await io.out(`${server.readyLine}\n`);
  return await server.finished;
}
