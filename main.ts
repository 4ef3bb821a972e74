/**
 * The program: its arguments go to the command line, which gives the exit code.
 *
 * @module
 */
import { main } from "./cli/main.ts";

if (import.meta.main) Deno.exit(await main(Deno.args));
