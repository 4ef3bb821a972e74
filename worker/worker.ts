/**
 * The program of a worker process: attach to a slot, load the user's modules, work until told to stop.
 *
 * Started by the supervisor as `worker_main.ts <control socket> <token> <kind>`. Everything here is reached by
 * relative imports, since the process runs under the configuration of the user's project.
 *
 * @module
 */
import { stackOf, textOf } from "../boundary/text.ts";
import { Attachment } from "../endpoint/attachment.ts";
import { CallSender } from "../client/call_sender.ts";
import { MeshClient } from "../client/mesh_client.ts";
import { OutStream } from "../endpoint/message_sender.ts";
import { MeshError } from "../errors.ts";
import { Executor } from "../executor/executor.ts";
import { offerOf, readServiceModule, type Service } from "../executor/service_module.ts";
import { WORKER_START_MS } from "../limits.ts";
import { captureConsole } from "../observe/console_log.ts";
import { Logger } from "../observe/log.ts";
import { pipeOutput } from "../observe/pipe_log.ts";
import { exitAfterLog } from "../observe/process_log.ts";
import { readSiteModule } from "../webfront/site_module.ts";
import { watchUpgrades } from "../webfront/socket_upgrades.ts";
import { serveSite } from "../webfront/web_server.ts";
import { FrameKind } from "../wire/frame.ts";
import { endWithServer } from "./end_with_server.ts";
import { loadModule } from "./load_module.ts";
import { dropAttachPermissions, dropLoadPermissions } from "./sandbox.ts";
import { trimMemoryOften } from "./trim_memory.ts";
import { twinServices } from "./twin_services.ts";
import { UncaughtErrors } from "./uncaught_errors.ts";
import { type BoundsReport, reportBounds } from "./bounds_report.ts";
import { type UncaughtReport, uncaughtReport } from "./uncaught_report.ts";
import type {
  ExecAssignment,
  FailedReport,
  GivenAssignment,
  ReadyReport,
  WebAssignment,
} from "./assignment.ts";

/** Exit code of a worker that could not load its modules: starting it again would not help. */
export const EXIT_CANNOT_LOAD = 65;

/** Exit code of a worker that ends because user code did not catch an error (`onUncaught: "exit"`). */
const EXIT_UNCAUGHT = 1;
/** Pause between two looks of a worker that leaves whether it has finished what it has, in ms. */
const LEAVE_LOOK_MS = 5;

const encoder = new TextEncoder();

/**
 * Runs a worker until its server ends it.
 *
 * @param controlPath The server's control socket.
 * @param token What this process was started with.
 * @param kind What it is.
 */
export async function runWorker(
  controlPath: string,
  token: string,
  kind: "web" | "exec",
): Promise<never> {
  endWithServer();
  const uncaught = new UncaughtErrors();
  const attachment = await Attachment.open(controlPath, { kind, token }, WORKER_START_MS);
  const work = attachment.welcome.work as GivenAssignment;
  trimMemoryOften();
  // The server knows whose log it is, and says so on every line.
  const log = new Logger(work.log, {}, { output: pipeOutput(work.logToken) });
  const calls = new CallSender(attachment);
  calls.owners.log = log;
  captureConsole(log.forUser());
  attachment.onFailure = (error) => log.error("a frame could not be worked on", { error });
  attachment.onGone = (error) => {
    log.warn("worker ends", { why: error.message });
    void exitAfterLog(1);
  };
  // The supervisor decides when a worker ends; a Ctrl-C, or a terminal that is closed, reaches the whole
  // group of processes.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    Deno.addSignalListener(signal, () => {});
  }
  reportBounds((counts) => report(attachment, FrameKind.BOUNDS, counts));
  // From its READY on, a worker reports uncaught errors; before, they are faults of its modules.
  const loading = Promise.withResolvers<never>();
  uncaught.onLoading = (thrown) => loading.reject(uncaughtWhileLoading(thrown));
  const serving = (underWay: () => string[]) =>
    uncaught.serve({
      log,
      underWay,
      report: (count, text) => {
        report(attachment, FrameKind.UNCAUGHT, uncaughtReport(count, text));
        if (work.onUncaught === "exit") void exitAfterLog(EXIT_UNCAUGHT);
      },
    });
  try {
    const loaded = work.kind === "exec"
      ? runExec(attachment, calls, work, log, serving)
      : runWeb(attachment, calls, work, log, serving);
    await Promise.race([loaded, loading.promise]);
  } catch (error) {
    report(attachment, FrameKind.FAILED, failure(error));
    // Long enough for the proxy to read why; it ends this process before.
    setTimeout(() => void exitAfterLog(EXIT_CANNOT_LOAD), 1_000);
  }
  return await new Promise<never>(() => {});
}

type Serving = (underWay: () => string[]) => void;

async function runExec(
  attachment: Attachment,
  calls: CallSender,
  work: ExecAssignment,
  log: Logger,
  serving: Serving,
): Promise<void> {
  const { sandbox } = work;
  if (sandbox !== undefined) await dropAttachPermissions(sandbox.granted, sandbox.needed);
  const services: Service[] = [];
  for (const path of work.services) {
    const service = readServiceModule(path, await loadModule(path));
    const twin = work.services[services.findIndex(({ name }) => name === service.name)];
    if (twin !== undefined) {
      throw new MeshError(
        "INVALID_ARGUMENT",
        twinServices(service.name, twin, path),
        { started: false },
      );
    }
    services.push(service);
  }
  await calls.owners.loadAll();
  if (sandbox !== undefined) await dropLoadPermissions(sandbox.granted, sandbox.needed);
  const mesh = new MeshClient(calls, attachment.welcome.timeoutMs);
  const executor = new Executor(attachment, mesh, services, log);
  attachment.handler = executor;
  executor.onControl = (kind) => {
    if (kind !== FrameKind.DRAIN) return;
    // Also what it asks of others in the background.
    const isIdle = () => executor.openCalls === 0 && calls.openCalls === 0;
    const look = () => isIdle() ? leave(attachment) : void setTimeout(look, LEAVE_LOOK_MS);
    look();
  };
  serving(() => executor.underWay());
  attachment.start();
  report(attachment, FrameKind.READY, { services: services.map(offerOf) } satisfies ReadyReport);
}

async function runWeb(
  attachment: Attachment,
  calls: CallSender,
  work: WebAssignment,
  log: Logger,
  serving: Serving,
): Promise<void> {
  const upgrades = watchUpgrades();
  const site = readSiteModule(work.site, await loadModule(work.site));
  await calls.owners.loadAll();
  const mesh = new MeshClient(calls, attachment.welcome.timeoutMs);
  const server = serveSite(site, mesh, work, log, upgrades);
  attachment.handler = {
    frame: ({ kind, number: lingerMs }) => {
      if (kind !== FrameKind.DRAIN || lingerMs === undefined) return;
      server.leave(lingerMs).then(() => leave(attachment));
    },
  };
  serving(() => server.underWay());
  attachment.start();
  report(attachment, FrameKind.READY, { services: [] } satisfies ReadyReport);
}

/** Sends a message about the process itself, and at once. */
function report(
  attachment: Attachment,
  kind: number,
  body: ReadyReport | FailedReport | UncaughtReport | BoundsReport,
): void {
  const out = new OutStream(0);
  out.credit = Infinity;
  attachment.sender.send(out, kind, 0, encoder.encode(JSON.stringify(body)));
  attachment.channel.flush();
}

/** Everything is done: what was sent last is published before the process ends. */
function leave(attachment: Attachment): void {
  attachment.onGone = undefined;
  const finish = () => {
    attachment.channel.flush();
    if (attachment.channel.queue.queuedBytes > 0) return void setTimeout(finish, 1);
    void exitAfterLog(0);
  };
  // After the microtasks that still append to the queue.
  setTimeout(finish, 0);
}

function uncaughtWhileLoading(thrown: unknown): MeshError {
  const where = stackOf(thrown).split("\n").find((line) => /^\s+at .*file:/.test(line));
  const text = `${textOf(thrown)}${where === undefined ? "" : ` ${where.trim()}`}`;
  return new MeshError("INVALID_ARGUMENT", `an uncaught error while modules were loaded: ${text}`);
}

function failure(error: unknown): FailedReport {
  return {
    message: textOf(error),
    missing: error instanceof MeshError && error.code === "NOT_FOUND",
  };
}
