/**
 * Somebody who is no server of the mesh, at the port of its links.
 *
 * @module
 */
import { FRAME_HEADER_BYTES } from "../limits.ts";
import { appendMessage } from "../proxy/link/control_frames.ts";
import type { Connection } from "../proxy/link/network.ts";
import { FEATURES } from "../wire/features.ts";
import { FrameKind } from "../wire/frame.ts";
import { FrameQueue } from "../wire/frame_queue.ts";
import {
  encodeHello,
  encodeOffer,
  PROOF_BYTES,
  PROTOCOL_MAJOR,
  PROTOCOL_MINOR,
} from "../wire/link_messages.ts";
import { newNonce } from "../wire/proof.ts";
import { newEpoch } from "../wire/server_info.ts";
import type { Dice } from "./dice.ts";
import type { SimNetwork, Wire } from "./network.ts";
import { Machine, SimProcess } from "./process.ts";
import type { Surroundings } from "./surroundings.ts";

/** Bytes of a dialler's handshake that somebody who listens keeps. */
const HEARD_MAX_BYTES = 2_000;

/** So many at once leave room for others; more may take it for so long, in ms. */
const FEW = 4;
const BUSY_MS = 8_000;

/** What strangers do with a connection: what they send, and then. */
type Manner = "nothing" | "http" | "garbage" | "half a hello" | "wrong proof" | "replay" | "leaves";
const MANNERS: readonly Manner[] = [
  ...["nothing", "http", "garbage", "half a hello", "wrong proof", "replay", "leaves"] as const,
];

/** Strangers on one network, who hear what is said there. */
export class Strangers {
  readonly #around: Surroundings;
  readonly #dice: Dice;
  /** What the first one who dialled a server said first, by the server's name. */
  readonly #heard = new Map<string, { readonly wire: Wire; readonly bytes: number[] }>();
  readonly #processes = new Set<SimProcess>();

  /** @param around The mesh. */
  constructor(around: Surroundings) {
    this.#around = around;
    this.#dice = around.dice.for("strangers");
  }

  /** Bytes that a dialler has sent. */
  hear(wire: Wire, from: SimProcess, bytes: Uint8Array): void {
    if (from !== wire.dialler || this.#processes.has(from)) return;
    const server = wire.acceptor.name.split("/")[0]!;
    let heard = this.#heard.get(server);
    if (heard === undefined) this.#heard.set(server, heard = { wire, bytes: [] });
    if (heard.wire !== wire || heard.bytes.length >= HEARD_MAX_BYTES) return;
    heard.bytes.push(...bytes.subarray(0, HEARD_MAX_BYTES));
  }

  /**
   * Some of them connect at once.
   *
   * @param server Where.
   * @param which What they do.
   * @param count How many.
   */
  knock(server: string, which: number, count: number): void {
    const { world, network, see, scenario } = this.#around;
    const dice = this.#dice;
    const name = `stranger-${this.#processes.size + 1}`;
    const process = new SimProcess(name, new Machine(world, dice.between(0, 1e6)), dice);
    this.#processes.add(process);
    if (count > FEW) {
      // Who dials meanwhile may find no room.
      const [fromMs, toMs] = [world.nowMs, world.nowMs + BUSY_MS];
      see({ type: "disturbed", what: "busy", servers: [server], fromMs, toMs });
    }
    see({ type: "liar", ms: world.nowMs, process: name, to: "strangers" });
    const wanted = MANNERS[which % MANNERS.length]!;
    // Without a secret, whoever says what a server has said is that server.
    const manner = wanted === "replay" && scenario.secret === undefined ? "garbage" : wanted;
    for (let i = 0; i < count; i++) void this.#visit(network, process, server, manner);
  }

  async #visit(
    network: SimNetwork,
    process: SimProcess,
    server: string,
    manner: Manner,
  ): Promise<void> {
    const address = { hostname: server, port: 7_000 };
    try {
      const connection = await network.of(process).connect(address, new AbortController().signal);
      try {
        for (const part of this.#says(manner, server)) await writeAll(connection, part);
        if (manner === "leaves") return;
        const ignored = new Uint8Array(4_096);
        while (await connection.read(ignored) !== null);
      } finally {
        connection.close();
      }
    } catch {
      // It was not let in, or thrown out.
    }
  }

  #says(manner: Manner, server: string): Uint8Array[] {
    const dice = this.#dice;
    switch (manner) {
      case "nothing":
      case "leaves":
        return [];
      case "http":
        return [new TextEncoder().encode(`GET / HTTP/1.1\r\nHost: ${server}\r\n\r\n`)];
      case "garbage":
        return [dice.bytes(dice.size(1, 300))];
      case "replay":
        return [Uint8Array.from(this.#heard.get(server)?.bytes ?? [])];
      case "half a hello": {
        const hello = this.#hello();
        return [hello.subarray(0, 1 + dice.below(hello.length - 1))];
      }
      case "wrong proof":
        return [
          this.#hello(),
          framed(FrameKind.AUTH, dice.bytes(PROOF_BYTES)),
          framed(FrameKind.WELCOME, encodeOffer({ services: [], draining: false })),
        ];
    }
  }

  #hello(): Uint8Array {
    const randomBytes = this.#dice.bytes.bind(this.#dice);
    return framed(
      FrameKind.HELLO,
      encodeHello({
        name: "stranger",
        epoch: newEpoch(randomBytes),
        roles: ["exec"],
        features: FEATURES,
        auth: "hmac-sha256",
        nonce: newNonce(randomBytes),
        major: PROTOCOL_MAJOR,
        minor: PROTOCOL_MINOR,
      }),
    );
  }
}

function framed(kind: number, body: Uint8Array): Uint8Array {
  const queue = new FrameQueue(body.length + 16 * FRAME_HEADER_BYTES);
  appendMessage(queue, kind, body);
  return queue.take();
}

async function writeAll(connection: Connection, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}
