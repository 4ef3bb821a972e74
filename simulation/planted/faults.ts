/**
 * Small faults that the auditor must catch: its own test. Each changes one place of the core.
 *
 * @module
 */
import type { PlantedFault } from "./fault.ts";
import { CLIENT_FAULTS } from "./faults/client.ts";
import { EXECUTOR_FAULTS } from "./faults/executor.ts";
import { LINK_FAULTS } from "./faults/link.ts";
import { PROXY_FAULTS } from "./faults/proxy.ts";
import { ROUTING_FAULTS } from "./faults/routing.ts";
import { SLOT_FAULTS } from "./faults/slots.ts";
import { TROUBLE_FAULTS } from "./faults/trouble.ts";
import { WIRE_FAULTS } from "./faults/wire.ts";

/** A fault, and the part of the core that it is in. */
export interface RoomFault extends PlantedFault {
  readonly room: string;
}

const ROOMS: Readonly<Record<string, readonly PlantedFault[]>> = {
  client: CLIENT_FAULTS,
  executor: EXECUTOR_FAULTS,
  slots: SLOT_FAULTS,
  proxy: PROXY_FAULTS,
  link: LINK_FAULTS,
  routing: ROUTING_FAULTS,
  wire: WIRE_FAULTS,
  trouble: TROUBLE_FAULTS,
};

/** All of them. */
export const FAULTS: readonly RoomFault[] = Object.entries(ROOMS).flatMap(([room, faults]) =>
  faults.map((fault) => ({ ...fault, room }))
);
