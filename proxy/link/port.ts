/**
 * A link, as the switchboard sees it.
 *
 * @module
 */
import { FRAME_MAX_BYTES, TIMEOUT_MAX_MS } from "../../limits.ts";
import { deadlineTicks, shiftDeadline } from "../../wire/deadline.ts";
import { Feature } from "../../wire/features.ts";
import type { FrameQueue } from "../../wire/frame_queue.ts";
import { HeadFlag } from "../../wire/request_head.ts";
import type { FrameRun, Link } from "./link.ts";
import { Port, PortFault } from "../switchboard/port.ts";
import type { ProxyCall } from "../switchboard/call.ts";
import type { Switchboard } from "../switchboard/switchboard.ts";

/** The port of a peer's calls: frames that are appended here leave over its link. */
export class LinkPort extends Port {
  readonly kind = "link";
  readonly label: string;
  readonly maxFrameBytes = FRAME_MAX_BYTES;
  readonly queueMaxBytes: number;
  readonly knowsDeadlines: boolean;
  readonly knowsSuspects: boolean;
  readonly endsCancelled: boolean;
  readonly unknownHeadFlags: number;
  /** The link underneath. */
  readonly link: Link;
  readonly #switchboard: Switchboard;

  /**
   * @param link The link.
   * @param switchboard Where its frames go.
   * @param queueMaxBytes Data is refused while more than this waits.
   */
  constructor(link: Link, switchboard: Switchboard, queueMaxBytes: number) {
    super();
    this.queueMaxBytes = queueMaxBytes;
    this.link = link;
    this.#switchboard = switchboard;
    this.label = `link to ${link.peer.name}`;
    const { features } = link.peer;
    this.knowsDeadlines = features.includes(Feature.CLOCK);
    this.knowsSuspects = features.includes(Feature.SUSPECTS);
    this.endsCancelled = features.includes(Feature.CANCELS);
    this.unknownHeadFlags = (this.knowsSuspects ? 0 : HeadFlag.SUSPECT) |
      (features.includes(Feature.STREAMS) ? 0 : HeadFlag.FIRST_REPLY);
  }

  localDeadline(deadline: number, machineMs: number): number {
    if (!this.knowsDeadlines) {
      if (deadline > TIMEOUT_MAX_MS) throw new PortFault(`${this.label} allows ${deadline} ms`);
      return deadlineTicks(machineMs + deadline);
    }
    const { clockOffsetMs } = this.link;
    if (clockOffsetMs === undefined) throw new PortFault(`${this.label} sent no PING before calls`);
    return shiftDeadline(deadline, clockOffsetMs);
  }

  get queue(): FrameQueue {
    return this.link.queue;
  }

  schedule(): void {
    this.link.schedule();
  }

  unread(call: ProxyCall): boolean {
    return call.requestEndBytes >= this.link.bytesHandedOver;
  }

  /** Another machine's clock may say that there is time left, so what it could begin must not be sent. */
  withdraw(call: ProxyCall): boolean {
    return this.link.withhold(call.requestEndBytes);
  }

  /** A run of whole call frames arrived. */
  frames({ bytes, words }: FrameRun, start: number, end: number): void {
    this.#switchboard.frames(this, bytes, words, start, end);
  }
}
