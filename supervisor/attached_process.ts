/**
 * What a pool of workers knows of a process in one of its slots.
 *
 * @module
 */
import type { Occupant } from "../proxy/slot/slot.ts";
import type { Assembler } from "../wire/assembler.ts";
import type { WorkerProcess } from "./worker_process.ts";
import type { Worker } from "./worker_state.ts";

/** A process that has a slot. */
export interface AttachedProcess extends Occupant {
  readonly pid: number;
  readonly connection: number;
  /** `null` for a guest. */
  readonly worker: Worker<WorkerProcess> | null;
  /** Collects the fragments of its messages about itself. */
  readonly reports: Assembler;
}
