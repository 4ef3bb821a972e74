/**
 * The program that loads modules of a user and says what they offer, as Deno runs it; see `describe_module.ts`.
 *
 * @module
 */
import { runDescribe } from "./describe_module.ts";

await runDescribe(Deno.args);
