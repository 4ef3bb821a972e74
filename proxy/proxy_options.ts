/**
 * What a proxy is made of.
 *
 * @module
 */
import type { KeyGroups } from "../wire/key_groups.ts";
import type { ServerConfig } from "../config/types.ts";
import type { MarkDevice } from "../markdev/mark_device.ts";
import type { Logger } from "../observe/log.ts";
import type { Outside } from "../outside/outside.ts";
import type { GroupConfig } from "../routing/types.ts";
import type { FrameView } from "../wire/frame_view.ts";
import type { Network } from "./link/network.ts";
import type { ProxyBounds } from "./proxy_bounds.ts";
import type { Slots } from "./slot/slot_keeper.ts";
import type { SlotTable } from "./slot/slot_table.ts";

/** What the server gives its proxy: settings, slots, marks, and who is told of processes. */
export interface ProxyOptions {
  readonly config: ServerConfig;
  readonly groups: readonly GroupConfig[];
  /** What processes have to know of them. */
  readonly keyGroups: KeyGroups;
  /** Who is in which slot. */
  readonly slots: SlotTable;
  /** Their memory. */
  readonly segment: Slots;
  readonly device: MarkDevice;
  readonly log: Logger;
  /** A frame about the process in a slot arrived (READY, FAILED). */
  slotControl(slot: number, frame: FrameView): void;
  /** A slot's content makes no sense: its process must go. */
  slotFault(slot: number, error: Error): void;
  /** Clock, timers and chance. Default: the real ones. */
  readonly outside?: Outside | undefined;
  /** What links are made of. Default: TCP. */
  readonly network?: Network | undefined;
  /** Default: those of `limits.ts`. */
  readonly bounds?: ProxyBounds | undefined;
}
