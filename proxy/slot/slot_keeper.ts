/**
 * What happens to a slot from the moment a process gets it until nothing of that process is left.
 *
 * @module
 */
import type { MarkDevice } from "../../markdev/mark_device.ts";
import type { Log } from "../../client/types.ts";
import type { Dispatcher } from "../../routing/dispatch/dispatcher.ts";
import type { AnySlotEnd } from "../../shm/slot_end.ts";
import { FrameKind } from "../../wire/frame.ts";
import type { FrameView } from "../../wire/frame_view.ts";
import type { ServiceInfo } from "../../wire/server_info.ts";
import type { BurstClock } from "../switchboard/burst_clock.ts";
import type { ProxyCall } from "../switchboard/call.ts";
import type { EndReason } from "../switchboard/error_frame.ts";
import type { Switchboard } from "../switchboard/switchboard.ts";
import { SlotPort } from "./port.ts";
import type { Slot } from "./slot.ts";
import type { SlotTable } from "./slot_table.ts";

/** The memory of a server's slots: a segment has it. */
export interface Slots {
  /** The proxy's end of a slot in its present generation. */
  slot(index: number): AnySlotEnd;
  /** Gives a slot whose process is gone a new generation. */
  retire(index: number): AnySlotEnd;
}

/** What a keeper works with. */
export interface SlotKeeperOptions {
  /** Who is where. */
  readonly table: SlotTable;
  readonly segment: Slots;
  readonly device: MarkDevice;
  readonly switchboard: Pick<Switchboard, "frames" | "portGone">;
  readonly dispatcher: Pick<
    Dispatcher<ProxyCall>,
    "addProcess" | "drainProcess" | "processGone"
  >;
  readonly clock: Pick<BurstClock, "read">;
  /** Data for a slot is refused while more than this waits. */
  readonly queueMaxBytes: number;
  readonly log: Pick<Log, "error">;
  /** A frame that is about the process itself (kinds 32 and up); it holds until this returns. */
  control(port: SlotPort, frame: FrameView): void;
  /** A slot's content makes no sense. */
  fault(index: number, error: Error): void;
  /** A process is gone, and nobody listens to its port any more. */
  gone(port: SlotPort): void;
  /** What the processes offer together is something else now. */
  offersChanged(): void;
}

/** How a process left its slot. */
export interface Departure {
  /** For the errors of its calls. */
  readonly why: string;
  /** Whether what it sent last still counts. */
  readonly heard: boolean;
  /** Why it was ended on purpose; absent: it died. */
  readonly reason?: EndReason | undefined;
}

/** Listens to slots, tells others who works in them, and reclaims them. */
export class SlotKeeper {
  readonly #options: SlotKeeperOptions;

  /** @param options See {@linkcode SlotKeeperOptions}. */
  constructor(options: SlotKeeperOptions) {
    this.#options = options;
  }

  /**
   * Listens to a slot that a process has got: it is about to be admitted.
   *
   * @throws When the slot cannot get a new generation.
   */
  open(index: number): void {
    const { table, segment, device, switchboard, queueMaxBytes } = this.#options;
    const slot = table.at(index);
    if (slot.stale) {
      segment.retire(index);
      slot.stale = false;
    }
    const port: SlotPort = new SlotPort({
      end: segment.slot(index),
      device,
      switchboard,
      queueMaxBytes,
      control: (frame) => this.#options.control(port, frame),
      fault: (error) => this.#options.fault(index, error),
    });
    slot.open(port);
    port.start();
  }

  /** The process of a slot works; `offers`: on calls of these services. */
  ready(index: number, offers?: readonly ServiceInfo[]): void {
    const { table, dispatcher, offersChanged } = this.#options;
    table.ready(table.at(index), offers);
    if (offers === undefined) return;
    dispatcher.addProcess({
      id: index,
      services: new Map(offers.map(({ name, concurrency }) => [name, concurrency ?? Infinity])),
    });
    offersChanged();
  }

  /**
   * The process of a slot gets no new calls, and is told to end when it has none.
   *
   * @param lingerMs So long it may wait for browsers to close connections on which nothing is under way.
   */
  drain(index: number, lingerMs = 0): void {
    const slot = this.#options.table.at(index);
    const { port } = slot;
    if (port === undefined) return;
    slot.drain();
    this.#options.dispatcher.drainProcess(index);
    port.queue.appendU32(FrameKind.DRAIN, 0, lingerMs);
    port.schedule();
  }

  /**
   * The process of a slot is gone: its calls end, the slot gets a new generation, and is free. Of a slot in which
   * nobody is there is nothing to reclaim.
   */
  reclaim(index: number, departure: Departure): void {
    const { table } = this.#options;
    const slot = table.at(index);
    if (slot.state === "free" || slot.state === "closing") return;
    const { port, offers } = slot;
    slot.close();
    try {
      if (port !== undefined) this.#end(port, departure, offers !== undefined);
      if (port !== undefined) this.#retire(slot);
    } finally {
      table.vacate(slot);
    }
  }

  #end(port: SlotPort, { why, heard, reason }: Departure, offered: boolean): void {
    const { clock, dispatcher, switchboard, gone, offersChanged } = this.#options;
    gone(port);
    port.processDied(heard);
    port[Symbol.dispose]();
    clock.read();
    dispatcher.processGone(port.index);
    switchboard.portGone(port, why, reason);
    if (offered) offersChanged();
  }

  #retire(slot: Slot): void {
    const { segment, log } = this.#options;
    try {
      segment.retire(slot.index);
    } catch (error) {
      // No file descriptors for new marks. Whoever wants the slot next needs them anyway.
      slot.stale = true;
      log.error("a slot waits for its new generation", { slot: slot.index, error });
    }
  }
}
