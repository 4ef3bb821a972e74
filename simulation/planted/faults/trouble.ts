/**
 * Planted faults of what holds against peers that lie, strangers, servers that come and go, and too much of everything.
 *
 * @module
 */
import type { PlantedFault } from "../fault.ts";

/** Each is shown by one kind of trouble alone. */
export const TROUBLE_FAULTS: readonly PlantedFault[] = [
  {
    name: "a cancelled call waits for ever for a target that says nothing",
    file: "proxy/switchboard/switchboard.ts",
    find: "this.#cancellation.cancel(call);\n        return this.#silent.add(call);",
    replace: "return this.#cancellation.cancel(call);",
    history: "calls to a peer that lost frames stayed in all tables",
  },
  {
    name: "a peer that loses frames is kept",
    file: "proxy/switchboard/silent_targets.ts",
    find: "silent.add(call.target);",
    replace: "",
  },
  {
    name: "an item that nobody has taken counts as taken",
    file: "endpoint/item_queue.ts",
    find: "this.#items.push({ value, cost });\n      return;",
    replace: "this.#items.push({ value, cost: 0 });\n      this.#onTaken(cost);\n      return;",
  },
  {
    name: "a handshake that fails keeps its place",
    file: "proxy/link/connections.ts",
    find: 'if (side === "accepted") this.#accepted--;',
    replace: "",
  },
  {
    name: "whoever says nothing has all the time in the world",
    file: "proxy/link/connections.ts",
    find: "this.#watch(this.#farewell(conn, late));",
    replace: "",
  },
  {
    name: "one more stranger is let in than there is room for",
    file: "proxy/link/connections.ts",
    find: "if (this.#accepted < this.#timings.handshakesMax) return true;",
    replace: "if (this.#accepted <= this.#timings.handshakesMax) return true;",
  },
  {
    name: "any proof will do",
    file: "proxy/link/handshake.ts",
    find: "if (verifyProof(proof, secret, side, dialler, acceptor)) return;",
    replace: "return;",
  },
  {
    name: "nonces are always the same: who has heard a proof can say it again",
    file: "wire/proof.ts",
    find: "const bytes = randomBytes(NONCE_BYTES);",
    replace: "const bytes = randomBytes(NONCE_BYTES).fill(0);",
  },
  {
    name: "a call can be answered by whoever knows its number",
    file: "proxy/switchboard/switchboard.ts",
    find: "if (call?.target === port) return call;",
    replace: "if (call !== undefined) return call;",
  },
];
