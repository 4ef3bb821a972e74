/**
 * The handshake of a connection between two proxies, for both sides.
 *
 * ```text
 * dialler                                acceptor
 *    ├──────────── HELLO ────────────────▶│  version, identity, nonce
 *    │◀─────────── HELLO ─────────────────┤
 *    ├──────────── AUTH ─────────────────▶│  only with a shared secret; whoever dials proves first,
 *    │◀─────────── AUTH ──────────────────┤  since anybody may dial
 *    │  claim(): may this become the link?
 *    ├──────────── WELCOME ──────────────▶│  what the dialler offers
 *    │                                    │  admit(): may this become the link?
 *    │◀─────────── WELCOME ───────────────┤  what the acceptor offers; the link is up
 * ```
 *
 * Either side may end it with GOODBYE instead of any frame.
 *
 * @module
 */
import type { Connection } from "./network.ts";
import { type Code, MeshError } from "../../errors.ts";
import { SERVER_INFO_MAX_BYTES } from "../../limits.ts";
import { Assembler } from "../../wire/assembler.ts";
import { FrameKind } from "../../wire/frame.ts";
import { FrameView } from "../../wire/frame_view.ts";
import { describeFrameFault, FrameParser } from "../../wire/frame_parser.ts";
import { FrameQueue } from "../../wire/frame_queue.ts";
import {
  type AuthMethod,
  encodeHello,
  encodeOffer,
  GoodbyeReason,
  type Hello,
  parseGoodbye,
  parseHello,
  parseOffer,
  PROOF_BYTES,
  PROTOCOL_MAJOR,
  PROTOCOL_MINOR,
} from "../../wire/link_messages.ts";
import { newNonce, proofOf, type ProofSide, verifyProof } from "../../wire/proof.ts";
import type { ServerIdentity, ServerInfo, ServerOffer } from "../../wire/server_info.ts";
import { appendMessage } from "./control_frames.ts";

/** Why a connection does not become the link. */
export class HandshakeRefusal extends MeshError {
  /** One of {@linkcode GoodbyeReason}; 0: the connection just ended. */
  readonly reason: number;
  /** The other side said so; it needs no GOODBYE. */
  readonly fromPeer: boolean;
  /** Name of the other side, when it got as far as saying it. */
  peerName: string | undefined;

  /**
   * @param reason See {@linkcode HandshakeRefusal.reason}.
   * @param code What the connection failed with.
   * @param text For people.
   * @param fromPeer See {@linkcode HandshakeRefusal.fromPeer}.
   */
  constructor(reason: number, code: Code, text: string, fromPeer = false) {
    super(code, text, { started: false });
    this.reason = reason;
    this.fromPeer = fromPeer;
  }

  /** Also true for nothing but refusals: `MeshError` compares by name. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof Error && "reason" in value && "fromPeer" in value;
  }
}

/** What a handshake needs to know of this server. */
export interface HandshakeSelf {
  /** What this server is and offers. */
  readonly info: ServerInfo;
  /** The shared secret; `undefined`: none is configured. */
  readonly secret: string | undefined;
  /** Where nonces come from; absent: from the machine. */
  readonly randomBytes?: ((count: number) => Uint8Array) | undefined;
}

/** A connection that may become the link once its owner agrees. */
export interface Handshaken {
  /** Who the other side is. */
  readonly identity: ServerIdentity;
  /** What it offers. */
  readonly offer: ServerOffer;
  /** May hold frames that came behind the handshake. */
  readonly parser: FrameParser;
}

/** One connection during its handshake. */
export class Handshake {
  readonly #conn: Connection;
  readonly #self: HandshakeSelf;
  readonly #parser = new FrameParser();
  readonly #frame = new FrameView();

  /**
   * @param conn The connection; the owner closes it, which ends the handshake.
   * @param self This server.
   */
  constructor(conn: Connection, self: HandshakeSelf) {
    this.#conn = conn;
    this.#self = self;
  }

  /**
   * The dialler's side, up to the acceptor's WELCOME.
   *
   * @param claim Asked when the other side is known: throws a {@linkcode HandshakeRefusal} when this must not be the link.
   * @throws {HandshakeRefusal} When either side refuses, or the other side ends or breaks the protocol.
   */
  async dial(claim: (peer: ServerIdentity) => Promise<void>): Promise<Handshaken> {
    const mine = this.#hello();
    await this.#send(FrameKind.HELLO, encodeHello(mine));
    const peer = await this.#receiveHello();
    return await this.#knowing(peer, async () => {
      this.#check(peer);
      if (this.#self.secret !== undefined) {
        await this.#sendProof(this.#self.secret, "dialler", mine, peer);
        await this.#receiveProof(this.#self.secret, "acceptor", mine, peer);
      }
      await claim(peer);
      await this.#send(FrameKind.WELCOME, encodeOffer(this.#self.info));
      const offer = await this.#receiveWelcome();
      return { identity: identityOf(peer), offer, parser: this.#parser };
    });
  }

  /**
   * The acceptor's side, up to the dialler's WELCOME: the owner decides and sends its own as the link's first
   * frame.
   *
   * @throws {HandshakeRefusal} When either side refuses, or the other side ends or breaks the protocol.
   */
  async accept(): Promise<Handshaken> {
    const peer = await this.#receiveHello();
    return await this.#knowing(peer, async () => {
      this.#check(peer);
      const mine = this.#hello();
      await this.#send(FrameKind.HELLO, encodeHello(mine));
      if (this.#self.secret !== undefined) {
        await this.#receiveProof(this.#self.secret, "dialler", peer, mine);
        await this.#sendProof(this.#self.secret, "acceptor", peer, mine);
      }
      const offer = await this.#receiveWelcome();
      return { identity: identityOf(peer), offer, parser: this.#parser };
    });
  }

  async #knowing<T>(peer: Hello, steps: () => Promise<T>): Promise<T> {
    try {
      return await steps();
    } catch (error) {
      if (error instanceof HandshakeRefusal) error.peerName = peer.name;
      throw error;
    }
  }

  #hello(): Hello {
    const { name, epoch, roles, features } = this.#self.info;
    const auth: AuthMethod = this.#self.secret === undefined ? "none" : "hmac-sha256";
    const version = { major: PROTOCOL_MAJOR, minor: PROTOCOL_MINOR };
    return {
      name,
      epoch,
      roles,
      features,
      auth,
      nonce: newNonce(this.#self.randomBytes),
      ...version,
    };
  }

  #check(peer: Hello): void {
    const { info, secret } = this.#self;
    if (peer.name === info.name) {
      throw peer.epoch === info.epoch
        ? new HandshakeRefusal(
          GoodbyeReason.SELF,
          "INVALID_ARGUMENT",
          "this address is the server itself",
        )
        : new HandshakeRefusal(
          GoodbyeReason.NAME_IN_USE,
          "INVALID_ARGUMENT",
          `both servers have the name "${info.name}": give one of them another --name`,
        );
    }
    if ((peer.auth === "none") !== (secret === undefined)) {
      const [one, other] = secret === undefined ? [peer.name, info.name] : [info.name, peer.name];
      throw new HandshakeRefusal(
        GoodbyeReason.UNAUTHENTICATED,
        "UNAUTHENTICATED",
        `${one} has a shared secret and ${other} has none: configure the same link.secret on both`,
      );
    }
  }

  async #receiveHello(): Promise<Hello> {
    const { start, end } = await this.#receive(FrameKind.HELLO, "HELLO");
    const hello = parseHello(this.#parser.bytes, start, end);
    if (hello === "malformed") throw protocolFault("malformed HELLO");
    if (hello.name !== undefined) return hello;
    throw new HandshakeRefusal(
      GoodbyeReason.VERSION,
      "UNIMPLEMENTED",
      `protocol ${hello.major}.${hello.minor} meets ${PROTOCOL_MAJOR}.${PROTOCOL_MINOR}: ` +
        "run versions of mesh with the same major protocol version",
    );
  }

  async #sendProof(secret: string, side: ProofSide, dialler: Hello, acceptor: Hello) {
    await this.#send(FrameKind.AUTH, proofOf(secret, side, dialler, acceptor));
  }

  async #receiveProof(secret: string, side: ProofSide, dialler: Hello, acceptor: Hello) {
    const { start, end } = await this.#receive(FrameKind.AUTH, "AUTH");
    if (end - start !== PROOF_BYTES) throw protocolFault(`AUTH of ${end - start} bytes`);
    const proof = this.#parser.bytes.slice(start, end);
    if (verifyProof(proof, secret, side, dialler, acceptor)) return;
    throw new HandshakeRefusal(
      GoodbyeReason.UNAUTHENTICATED,
      "UNAUTHENTICATED",
      `${dialler.name} and ${acceptor.name} have different shared secrets: ` +
        "configure the same link.secret on both",
    );
  }

  async #receiveWelcome(): Promise<ServerOffer> {
    const assembler = new Assembler(SERVER_INFO_MAX_BYTES);
    for (;;) {
      const state = assembler.push(await this.#receive(FrameKind.WELCOME, "WELCOME"));
      if (state === "incomplete") continue;
      if (state === "fault") throw protocolFault(`WELCOME: ${assembler.fault}`);
      const offer = parseOffer(assembler.bytes, assembler.start, assembler.end);
      if (offer === undefined) throw protocolFault("malformed WELCOME");
      return offer;
    }
  }

  /** The next frame, which must be of this kind; its body holds until the next call. */
  async #receive(kind: number, kindName: string): Promise<FrameView> {
    const parser = this.#parser;
    while (parser.start === parser.end) {
      if (parser.fault !== undefined) throw protocolFault(describeFrameFault(parser.fault));
      const count = await this.#conn.read(parser.readable());
      if (count === null) {
        throw new HandshakeRefusal(
          0,
          "UNAVAILABLE",
          `the other side ended it instead of ${kindName}`,
          true,
        );
      }
      parser.advance(count);
    }
    const frame = this.#frame.over(parser.bytes, parser.words, parser.start, parser.end);
    frame.advance();
    parser.start = frame.next;
    if (frame.kind === kind) return frame;
    const goodbye = frame.kind === FrameKind.GOODBYE
      ? parseGoodbye(frame.bytes, frame.start, frame.end)
      : undefined;
    if (goodbye === undefined) {
      throw protocolFault(`frame of kind ${frame.kind} instead of ${kindName}`);
    }
    throw new HandshakeRefusal(goodbye.reason, goodbye.code, goodbye.text, true);
  }

  async #send(kind: number, body: Uint8Array): Promise<void> {
    const queue = new FrameQueue(body.length + 65_536);
    appendMessage(queue, kind, body);
    const bytes = queue.take();
    for (let at = 0; at < bytes.length;) at += await this.#conn.write(bytes.subarray(at));
  }
}

/** A refusal because the other side broke the protocol. */
function protocolFault(text: string): HandshakeRefusal {
  return new HandshakeRefusal(GoodbyeReason.PROTOCOL, "INVALID_ARGUMENT", text);
}

function identityOf({ name, epoch, roles, features }: Hello): ServerIdentity {
  return { name, epoch, roles, features };
}
