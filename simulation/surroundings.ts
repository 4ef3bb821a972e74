/**
 * What all servers of a simulated mesh share.
 *
 * @module
 */
import type { Service } from "../executor/service_module.ts";
import type { Observation } from "./auditor/observation.ts";
import type { Dice } from "./dice.ts";
import type { SimNetwork } from "./network.ts";
import type { CallPlan, Scenario } from "./scenario.ts";
import type { HandlerHost } from "./services.ts";
import type { World } from "./world.ts";

/** The world, the network, the scenario, and whoever looks on. */
export interface Surroundings {
  readonly world: World;
  readonly network: SimNetwork;
  readonly dice: Dice;
  readonly scenario: Scenario;
  see(observation: Observation): void;
  /** The services of an exec process. */
  services(host: HandlerHost): Service[];
  ownerOf(key: string): string | undefined;
  /** The plan with this number; `undefined`: there is none. */
  planOf(call: number): CallPlan | undefined;
}
