/**
 * Planted faults of the way through a slot.
 *
 * @module
 */
import type { PlantedFault } from "../fault.ts";

/** Faults of `markdev/slot_*.ts`, and of the slots of the proxy. */
export const SLOT_FAULTS: readonly PlantedFault[] = [
  {
    name: "what did not fit into a space is not sent later",
    file: "markdev/slot_channel.ts",
    find: "if (this.queue.queuedBytes > 0 && !this.#awake) this.#turn();",
    replace: "",
  },
  {
    name: "a side that waits for room does not say so",
    file: "markdev/slot_channel.ts",
    find: "if (this.#end.prepareSleep(waiting) === 0) {",
    replace: "if (this.#end.prepareSleep(Math.min(waiting, 0)) === 0) {",
  },
  {
    name: "after many bursts a side neither goes on nor sleeps",
    file: "markdev/slot_channel.ts",
    find: "this.#device.nextTurn(this.#nextTurn);",
    replace: "",
  },
  {
    name: "requests that wait in a slot are given back unread",
    file: "markdev/slot_inbox.ts",
    find: "if (held) this.#end.release(this.#position);\n    else ",
    replace: "",
  },
  {
    name: "what comes behind a request that waits is taken for known",
    file: "markdev/slot_inbox.ts",
    find: "this.#seen -= this.#from;",
    replace: "",
  },
  {
    name: "a request counts as unread while its handler works on it",
    file: "markdev/slot_inbox.ts",
    find:
      "if (isRequest && (frame.flags & FrameFlag.LAST) !== 0) this.#end.release(this.#position);",
    replace: "",
  },
];
