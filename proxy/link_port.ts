/**
 * A link, as the switchboard sees it.
 *
 * @module
 */
import { FRAME_MAX_BYTES, LINK_QUEUE_MAX_BYTES } from "../limits.ts";
import type { FrameQueue } from "../wire/frame_queue.ts";
import type { Link } from "./link.ts";
import { Port } from "./port.ts";
import type { ProxyCall } from "./proxy_call.ts";
import type { Switchboard } from "./switchboard.ts";

/** See the module's description. */
export class LinkPort extends Port {
  readonly kind = "link";
  readonly label: string;
  readonly maxFrameBytes = FRAME_MAX_BYTES;
  // Below the queue's own bound: errors and cancellations are sent even if data is refused.
  readonly queueMaxBytes = LINK_QUEUE_MAX_BYTES / 4;
  /** The link underneath. */
  readonly link: Link;
  readonly #switchboard: Switchboard;
  #bytes: Uint8Array | undefined;
  #words: Uint32Array = new Uint32Array(0);

  /**
   * @param link The link.
   * @param switchboard Where its frames go.
   */
  constructor(link: Link, switchboard: Switchboard) {
    super();
    this.link = link;
    this.#switchboard = switchboard;
    this.label = `link to ${link.peer.name}`;
  }

  get queue(): FrameQueue {
    return this.link.queue;
  }

  schedule(): void {
    this.link.schedule();
  }

  neverLeft(call: ProxyCall): boolean {
    return call.sentMark >= this.link.bytesHandedOver;
  }

  /** A run of whole call frames arrived. */
  frames(bytes: Uint8Array, start: number, end: number): void {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2);
    }
    this.#switchboard.frames(this, bytes, this.#words, start, end);
  }
}
