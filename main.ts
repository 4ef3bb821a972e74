/**
 * The program: its arguments go to the command line, which gives the exit code.
 *
 * @module
 */
import { main } from "./cli/main.ts";
import { exitAfterLog } from "./observe/process_log.ts";

if (import.meta.main) {
  // A compiled program is its own worker, and describes modules: these are no commands of people, so the table
  // has none.
  const [first, controlPath = "", token = "", kind] = Deno.args;
  if (Deno.build.standalone && first === "worker" && (kind === "web" || kind === "exec")) {
    const { runWorker } = await import("./worker/worker.ts");
    await runWorker(controlPath, token, kind);
  }
  if (Deno.build.standalone && first === "describe") {
    const { runDescribe } = await import("./worker/describe_module.ts");
    await runDescribe(Deno.args.slice(1));
  }
  await exitAfterLog(await main(Deno.args));
}
