/**
 * `mesh` that tells what its heap has cost: at each SIGUSR2 it writes the word `heap` and a `HeapReport` to stderr.
 *
 * It stands before the command line of a Deno that would run `main.ts`, and gets that as its arguments.
 *
 * @module
 */
import { main } from "../../cli/main.ts";
import { exitAfterLog } from "../../observe/process_log.ts";
import { heapReport } from "./heap_report.ts";

const encoder = new TextEncoder();
Deno.addSignalListener("SIGUSR2", () => {
  Deno.stderr.writeSync(encoder.encode(`heap ${JSON.stringify(heapReport())}\n`));
});
const words = Deno.args.slice(Deno.args.lastIndexOf("run"));
await exitAfterLog(await main(words));
