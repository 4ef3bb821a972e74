/**
 * A process of its own: attaches to a slot, sends every frame back, ends when the proxy is gone.
 * Arguments: path of the control socket, mechanism of the mark device.
 *
 * @module
 */
import { openMarkDevice } from "../../markdev/open_mark_device.ts";
import { attachSlot } from "../../shm/attach.ts";
import { GUARD_MS } from "./slot_fixture.ts";
import { Sleeper } from "./sleeper.ts";
import { paddedBytes } from "../../wire/frame.ts";

const [controlPath, mechanism] = Deno.args;
const device = await openMarkDevice(mechanism === "epoll" ? "epoll" : "reactor");
if (device.mechanism !== mechanism) throw new Error(`${device.fallbackReason}`);
const { end, lifeline } = await attachSlot(controlPath!, new Uint8Array(), GUARD_MS);
const sleeper = new Sleeper(end, device, (buffer, bytes) => {
  const view = new DataView(buffer.buffer);
  for (let at = 0; at < bytes;) {
    const next = at + paddedBytes(view.getUint32(at, true));
    sleeper.queue(buffer.slice(at, next));
    at = next;
  }
});
device.watchHangup(lifeline, () => {
  console.log("the proxy is gone");
  Deno.exit(0);
});
sleeper.run();
