/**
 * The program of a worker process, as Deno runs it; see `worker.ts`.
 *
 * @module
 */
import { textOf } from "../boundary/text.ts";
import { exitAfterLog } from "../observe/process_log.ts";
import { runWorker } from "./worker.ts";

const [controlPath, token, kind] = Deno.args;
if (controlPath === undefined || token === undefined || (kind !== "web" && kind !== "exec")) {
  console.error("worker_main.ts is started by `mesh run`, not by hand");
  Deno.exit(2);
}
try {
  await runWorker(controlPath, token, kind);
} catch (error) {
  console.error(`mesh: worker: ${textOf(error)}`);
  await exitAfterLog(1);
}
