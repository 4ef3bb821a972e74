/**
 * `mesh why`: how a running server decides where a call goes, and where the calls of a request went.
 *
 * @module
 */
import { DECISIONS_KEPT } from "../limits.ts";
import type { LoggedDecision } from "../proxy/switchboard/decision_log.ts";
import type { Explanation } from "../routing/types.ts";
import { describeInProcess } from "../server/module_process.ts";
import { findProject } from "../supervisor/user_project.ts";
import { askServer } from "./admin_client.ts";
import { type Arguments, ExitCode, type Io, UsageError } from "./command.ts";
import { chooseRuntimeDir } from "./runtime_dirs.ts";
import { decisionsText, explanationText } from "./why_text.ts";

const REQUEST_ID = /^[0-9a-f]{16}$/;

/**
 * Prints an explanation.
 *
 * @returns 0; 1 when the server remembers nothing of the request.
 * @throws {UsageError} When not exactly one of service and request is named.
 * @throws {Error} When no server runs there.
 */
export async function why(args: Arguments, io: Io): Promise<number> {
  const [target] = args.positionals;
  const requestId = args.text("request")?.toLowerCase();
  const directory = () => chooseRuntimeDir(args.text("runtime-dir"), io.cwd);
  if (requestId !== undefined && target === undefined) {
    if (REQUEST_ID.test(requestId)) {
      return await whyRequest(directory(), requestId, args.has("json"), io);
    }
    throw new UsageError(`--request wants 16 hexadecimal digits, not ${JSON.stringify(requestId)}`);
  }
  if (target === undefined || requestId !== undefined) {
    throw new UsageError("name a service, or a request by --request");
  }
  const explanation = await explain(directory(), target, args.text("key"));
  await io.out(args.has("json") ? json(explanation) : explanationText(explanation));
  return ExitCode.DONE;
}

async function whyRequest(
  runtimeDir: string,
  requestId: string,
  asJson: boolean,
  io: Io,
): Promise<number> {
  const decisions = await askServer<LoggedDecision[]>(runtimeDir, `/why?request=${requestId}`);
  if (asJson) await io.out(json(decisions));
  else if (decisions.length > 0) await io.out(decisionsText(decisions));
  if (decisions.length > 0) return ExitCode.DONE;
  await io.err(
    `mesh why: this server has not routed the request ${requestId} among its last ${DECISIONS_KEPT} calls; ` +
      "ask the server whose process made the call",
  );
  return ExitCode.FAILED;
}

/** What is before the last dot is the service, and after it the handler, unless a service has that dot in its name. */
async function explain(
  runtimeDir: string,
  target: string,
  key: string | undefined,
): Promise<Explanation> {
  const ask = (service: string, handler?: string) => askWhy(runtimeDir, { service, handler, key });
  const whole = await ask(target);
  const dot = target.lastIndexOf(".");
  if (whole.candidates.length > 0 || dot < 1) return await askKeyModule(runtimeDir, whole);
  const split = await ask(target.slice(0, dot), target.slice(dot + 1));
  // A service with a dot in its name that is away at the moment is known all the same.
  const meantWhole = split.services !== undefined && whole.services === undefined;
  return meantWhole ? whole : await askKeyModule(runtimeDir, split);
}

/** The server cannot ask a key module; we can, in a process of its own as a caller would. */
async function askKeyModule(runtimeDir: string, explanation: Explanation): Promise<Explanation> {
  const { service, handler, key, group, keyModule } = explanation;
  // What is refused already needs no answer: no server has the handler.
  const isOpen = explanation.picked === undefined && explanation.code === undefined;
  if (keyModule === undefined || key === undefined || !isOpen) return explanation;
  const asked = { group, key, tableSize: explanation.tableSize ?? 0 };
  const { owner, error, code } = await describeInProcess(
    { kind: "keys", paths: [keyModule], asked },
    findProject(keyModule),
  );
  if (owner === undefined) return { ...explanation, code: code ?? "INTERNAL", reason: error ?? "" };
  const decided = await askWhy(runtimeDir, { service, handler, key, owner });
  return { ...decided, keyModule, keyModuleNames: owner };
}

/** What the server says of a call; `undefined` is left out of the question. */
async function askWhy(
  runtimeDir: string,
  question: Record<string, string | undefined>,
): Promise<Explanation> {
  const given = Object.entries(question).filter((pair): pair is [string, string] =>
    pair[1] !== undefined
  );
  return await askServer(runtimeDir, `/why?${new URLSearchParams(given)}`);
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
