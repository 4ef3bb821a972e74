/**
 * `mesh run`: a server, from its flags to its exit code.
 *
 * @module
 */
import { delay } from "@std/async/delay";
import { textOf } from "../boundary/text.ts";
import { ConfigError } from "../config/fault.ts";
import { refuseOddVariables } from "../config/environment.ts";
import { loadConfig } from "../config/load.ts";
import type { ServerConfig } from "../config/types.ts";
import { STDIN_ENV, unknownVariables } from "../config/variables.ts";
import { LOG_FLUSH_MS } from "../limits.ts";
import { captureConsole } from "../observe/console_log.ts";
import { Logger } from "../observe/log.ts";
import { exitAfterLog } from "../observe/process_log.ts";
import { type RunningServer, startServer } from "../server/server.ts";
import { type Arguments, ExitCode, type Io, ToldError } from "./command.ts";
import { LastDefence } from "./last_defence.ts";
import { onHangup, onSignals } from "./signals.ts";

/**
 * Runs a server until a signal or a fault ends it.
 *
 * @returns The server's exit code.
 * @throws {ConfigError} For a wrong configuration; whatever `startServer` throws for a failed start.
 */
export async function run(args: Arguments, io: Io): Promise<number> {
  refuseOddVariables();
  const readConfig = async () =>
    (await loadConfig({ flags: args.values(), env: io.env, cwd: io.cwd })).config;
  const config = await readConfig();
  const log = new Logger(config.log, { server: config.name });
  using defence = new LastDefence(log);
  // What would be written past the log: warnings of packages.
  captureConsole(log.forUser());
  warnOfVariables(io.env, log);
  // Without a listener it would open V8's inspector, to everybody on this machine.
  Deno.addSignalListener("SIGUSR1", () => log.info("SIGUSR1 is ignored"));
  using signals = onSignals();
  using hangup = onHangup();
  // Nothing can be drained before the server serves: the first signal ends the start, the second one the
  // process, and its workers end with it.
  const starting = new AbortController();
  signals.handle((count) => {
    if (count > 1) void exitAfterLog(ExitCode.FAILED);
    else starting.abort();
  });
  hangup.handle((reason) => {
    if (reason === "terminal") starting.abort();
  });
  const lifeline = io.env[STDIN_ENV] === "1" ? stdinEnd() : undefined;
  void lifeline?.then(() => starting.abort());
  const server = await start(config, readConfig, starting, defence, log);
  if (server === undefined) return ExitCode.DONE;

  void lifeline?.then(() => {
    log.warn("the program that started this server has ended");
    void server.drain();
  });
  signals.handle((count, signal) => {
    if (count === 1) void server.drain();
    else if (signal === "SIGINT") server.force();
  });
  hangup.handle((reason) => {
    if (reason === "terminal") return void server.drain();
    server.reload().catch((error) => log.error("nothing reloaded", { why: error.message }));
  });
  // Whoever reads stdout, or does not: the server serves, and ends when it is to end.
  const told = io.out(`${server.readyLine}\n`).catch((error) => {
    log.warn("the ready line could not be written to stdout", { why: textOf(error) });
  });
  const code = await server.finished;
  await Promise.race([told, delay(LOG_FLUSH_MS)]);
  return code;
}

/** The server; `undefined` when its start was ended. */
async function start(
  config: ServerConfig,
  readConfig: () => Promise<ServerConfig>,
  starting: AbortController,
  defence: LastDefence,
  log: Logger,
): Promise<RunningServer | undefined> {
  try {
    return await startServer(config, {
      readConfig,
      signal: starting.signal,
      uncaughtErrors: () => defence.uncaught,
      onDrainWhileStarting: () => starting.abort(),
    });
  } catch (error) {
    if (error === starting.signal.reason) return undefined;
    // Who reads JSON gets this as JSON, too.
    if (config.log.format === "json" && !(error instanceof ConfigError)) {
      log.error("the server could not be started", { why: textOf(error) });
      throw new ToldError();
    }
    throw error;
  }
}

function warnOfVariables(env: Io["env"], log: Logger): void {
  for (const { env: variable, meant } of unknownVariables(env)) {
    log.warn("an unknown environment variable is ignored", {
      variable,
      ...(meant === undefined ? {} : { meant: `${meant}?` }),
    });
  }
}

/** Settles when nobody holds the other end of stdin any more. */
async function stdinEnd(): Promise<void> {
  const bytes = new Uint8Array(64);
  try {
    while (await Deno.stdin.read(bytes) !== null);
  } catch {
    // What cannot be read has ended, too.
  }
}
