/**
 * Planted faults of links: handshake, heartbeat, writer, clocks, registry.
 *
 * @module
 */
import type { PlantedFault } from "../fault.ts";

/** Faults of `proxy/link/`. */
export const LINK_FAULTS: readonly PlantedFault[] = [
  {
    name: "what arrives is no sign of life",
    file: "proxy/link/heartbeat.ts",
    find: "heard(): void {\n    this.#heardAt = this.#outside.now();",
    replace: "heard(): void {",
  },
  {
    name: "a PING that was held up moves the clock of its peer",
    file: "proxy/link/clock.ts",
    find: "if (suspected === undefined || Math.abs(sample - suspected) > JUMP_MS) return;",
    replace: "",
    history: "one late PING was taken for a clock that had stood still",
  },
  {
    name: "bytes that are being written count as not sent",
    file: "proxy/link/writer.ts",
    find: "this.callBytesHandedOver += end - start;\n    await this.#write(region, start, end);",
    replace: "await this.#write(region, start, end);\n    this.callBytesHandedOver += end - start;",
  },
  {
    name: "a late call that waits for its link leaves all the same, and is said never to begin",
    file: "proxy/link/port.ts",
    find: "return this.link.withhold(call.requestEndBytes);",
    replace: "return this.unread(call);",
    history: "the other server's clock said that there was time left",
  },
  {
    name: "a frame that is being written counts as withheld",
    file: "proxy/link/writer.ts",
    find: "return at >= this.#regionAt && at < this.#region.length && unlast(this.#region, at);",
    replace: "return unlast(this.#region, Math.max(at, 0));",
  },
  {
    name: "what the kernel did not take of a write is not written",
    file: "proxy/link/writer.ts",
    find: "at += written;",
    replace: "at = end;",
  },
  {
    name: "what came behind the handshake is lost",
    file: "proxy/link/link.ts",
    find: "this.#dispatch(true); // what came behind the handshake, in the same read",
    replace: "",
  },
  {
    name: "a peer's new services are not noticed",
    file: "proxy/link/link.ts",
    find: "this.peer.services = offer.services;",
    replace: "",
  },
  {
    name: "an offer that changes during a handshake does not arrive",
    file: "proxy/link/manager.ts",
    find: "if (version !== this.#offerVersion) link.announce(self());",
    replace: "",
    history: "the peer knew what the server had offered when it dialled",
  },
  {
    name: "calls of a link that has ended are not ended",
    file: "proxy/proxy.ts",
    find: "this.#switchboard.portGone(port, error.message);",
    replace: "",
  },
  {
    name: "an address that was connected once is never dialled again",
    file: "proxy/link/dialler.ts",
    find: "await registry.ended(this.#peer, signal);",
    replace: "await registry.ended(this.#peer, signal);\n        return;",
  },
  {
    name: "a dial that failed keeps its claim",
    file: "proxy/link/manager.ts",
    find: "if (claim !== undefined) this.#registry.release(claim);",
    replace: "",
  },
  {
    name: "a link sends a PING every four seconds",
    file: "proxy/link/heartbeat.ts",
    find: "else if (this.#beats++ % 2 === 1) this.#ping();",
    replace: "else if (this.#beats++ % 8 === 1) this.#ping();",
  },
  {
    name: "who is silent for a moment is given up",
    file: "proxy/link/heartbeat.ts",
    find: "if (silentMs > heartbeatTimeoutMs) this.#events.dead(silentMs);",
    replace: "if (silentMs > heartbeatTimeoutMs / 4) this.#events.dead(silentMs);",
  },
  {
    name: "links forget the secret",
    file: "proxy/proxy.ts",
    find: "...(config.link.secret === undefined ? {} :",
    replace: "...(config.link.secret !== undefined ? {} :",
  },
  {
    name: "a PONG says that it is of a call",
    file: "proxy/link/link.ts",
    find: "append(FrameKind.PONG, 0, 0, frame.copy())",
    replace: "append(FrameKind.PONG, 0, 1, frame.copy())",
  },
];
