/** The test vectors of docs/wire_protocol.md, in both directions; they were made by other code than ours. */
import { assert, assertEquals } from "@std/assert";
import { type Code, CODES, MeshError } from "../errors.ts";
import { encodeErrorBody, parseErrorBody } from "./error_body.ts";
import { FrameParser } from "./frame_parser.ts";
import { FrameQueue } from "./frame_queue.ts";
import { FrameView } from "./frame_view.ts";
import {
  encodeGoodbye,
  encodeHello,
  encodeOffer,
  type Hello,
  parseGoodbye,
  parseHello,
  parseOffer,
} from "./link_messages.ts";
import { packLoad, unpackLoad } from "./load.ts";
import { encodeMetadata, parseMetadata } from "./metadata.ts";
import { proofOf, type ProofSide, verifyProof } from "./proof.ts";
import {
  encodeRequestHead,
  HeadFlag,
  type RequestHead,
  requestHeadBytes,
  RequestHeadReader,
} from "./request_head.ts";
import type { ServerOffer } from "./server_info.ts";
import { traceparentFromText, traceparentToText } from "./traceparent.ts";

interface HeadVector {
  target: string;
  attempt: number;
  deadline: number;
  requestId: string;
  pinnedHash?: number;
  avoidHash?: number;
  hedgedStream?: number;
  metadataBytes: number;
  idempotent: boolean;
  key?: string;
  keyExplicit?: boolean;
  traceparent?: string;
}

interface Vectors {
  frames: {
    name: string;
    kind: number;
    flags: number;
    stream: number;
    load: number;
    body: string;
    hex: string;
  }[];
  loads: { name: string; load: number; queueDepth: number; latencyMs: number }[];
  badFrames: { name: string; field: string; hex: string }[];
  requestHeads: { name: string; head: HeadVector; hex: string }[];
  metadata: { name: string; metadata: Record<string, string>; hex: string }[];
  errors: {
    name: string;
    code: Code;
    started: boolean;
    retryable: boolean;
    server: string;
    message: string;
    metadata: Record<string, string>;
    hex: string;
  }[];
  hellos: { name: string; hello: Hello; hex: string }[];
  proofs: { name: string; secret: string; side: ProofSide; hex: string }[];
  offers: { name: string; offer: ServerOffer; hex: string }[];
  goodbyes: { name: string; reason: number; code: Code; text: string; hex: string }[];
}

const vectors: Vectors = JSON.parse(
  await Deno.readTextFile(new URL("./testdata/vectors.json", import.meta.url)),
);

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/** The same bytes somewhere inside a larger buffer: a parser must keep to its bounds. */
function embedded(hex: string): { bytes: Uint8Array; start: number; end: number } {
  const inner = bytesOf(hex);
  const bytes = new Uint8Array(inner.length + 48).fill(0xa5);
  bytes.set(inner, 24);
  return { bytes, start: 24, end: 24 + inner.length };
}

Deno.test("frames are written and parsed as the vectors say", () => {
  const queue = new FrameQueue(1 << 20);
  const parser = new FrameParser();
  for (const { name, kind, flags, stream, load, body, hex } of vectors.frames) {
    assert(queue.append(kind, flags, stream, bytesOf(body), load));
    assertEquals(hexOf(queue.bytes.subarray(queue.head, queue.tail)), hex, name);
    queue.clear();

    parser.readable().set(bytesOf(hex));
    assert(parser.advance(hex.length / 2), name);
    assertEquals([parser.frames, parser.end - parser.start], [1, hex.length / 2], name);
    const frame = new FrameView().over(parser.bytes, parser.words, parser.start, parser.end);
    assert(frame.advance());
    assertEquals([frame.kind, frame.flags, frame.stream, frame.load], [kind, flags, stream, load]);
    assertEquals(hexOf(frame.copy()), body, name);
  }
});

Deno.test("loads are packed and read as the vectors say", () => {
  for (const { name, load, queueDepth, latencyMs } of vectors.loads) {
    assertEquals(packLoad({ queueDepth, latencyMs }), load, name);
    const seen = { queueDepth: NaN, latencyMs: NaN };
    unpackLoad(load, seen);
    assertEquals(seen, { queueDepth, latencyMs }, name);
  }
});

Deno.test("frames that break the protocol are refused as the vectors say", () => {
  for (const { name, field, hex } of vectors.badFrames) {
    const parser = new FrameParser();
    parser.readable().set(bytesOf(hex));
    assertEquals(parser.advance(hex.length / 2), false, name);
    assertEquals(parser.fault?.field, field, name);
  }
});

Deno.test("request heads are written and parsed as the vectors say", () => {
  const reader = new RequestHeadReader();
  for (const { name, head, hex } of vectors.requestHeads) {
    const { requestId, traceparent, ...rest } = head;
    const request: RequestHead = {
      pinnedHash: 0,
      avoidHash: 0,
      hedgedStream: -1,
      ...rest,
      requestIdHigh: parseInt(requestId.slice(0, 8), 16),
      requestIdLow: parseInt(requestId.slice(8), 16),
      traceparent: traceparent === undefined ? undefined : traceparentFromText(traceparent),
    };
    const into = new Uint8Array(requestHeadBytes(request) + 5);
    assertEquals(encodeRequestHead(into, 5, request), into.length - 5, name);
    assertEquals(hexOf(into.subarray(5)), hex, name);

    const { bytes, start, end } = embedded(hex);
    assertEquals(reader.parse(bytes, start, end), undefined, name);
    const trace = reader.traceparent;
    const seen: HeadVector = {
      target: reader.target,
      attempt: reader.attempt,
      deadline: reader.deadline,
      requestId: reader.requestId,
      ...(reader.pinnedHash === 0 ? {} : { pinnedHash: reader.pinnedHash }),
      ...(reader.avoidHash === 0 ? {} : { avoidHash: reader.avoidHash }),
      ...(reader.hedgedStream < 0 ? {} : { hedgedStream: reader.hedgedStream }),
      metadataBytes: reader.metadataBytes,
      idempotent: (reader.flags & HeadFlag.IDEMPOTENT) !== 0,
      ...(reader.key === undefined
        ? {}
        : { key: reader.key, keyExplicit: (reader.flags & HeadFlag.KEY_EXPLICIT) !== 0 }),
      ...(trace === undefined ? {} : { traceparent: traceparentToText(trace) }),
    };
    assertEquals(seen, head, name);
    assertEquals(reader.headBytes, hex.length / 2, name);
    assertEquals(`${reader.service}.${reader.handler}`, head.target, name);
  }
});

Deno.test("metadata is written and parsed as the vectors say", () => {
  for (const { name, metadata, hex } of vectors.metadata) {
    assertEquals(hexOf(encodeMetadata(metadata)), hex, name);
    const { bytes, start, end } = embedded(hex);
    assertEquals(Object.entries(parseMetadata(bytes, start, end)!), Object.entries(metadata), name);
  }
});

Deno.test("errors are written and parsed as the vectors say", () => {
  for (const vector of vectors.errors) {
    const { name, code, started, retryable, server, message, metadata, hex } = vector;
    const error = new MeshError(code, message, {
      started,
      metadata,
      ...(server === "" ? {} : { server }),
    });
    assertEquals(hexOf(encodeErrorBody(error, { retryable })), hex, name);
    assertEquals(parseInt(hex.slice(0, 2), 16), CODES[code], name);
    const { bytes, start, end } = embedded(hex);
    const seen = parseErrorBody(bytes, start, end, "a.b");
    assertEquals([seen.retryable, seen.error.started], [
      retryable,
      started,
    ]);
    assertEquals([seen.error.code, seen.error.message, seen.error.server, seen.error.target], [
      code,
      message,
      server === "" ? undefined : server,
      "a.b",
    ]);
    assertEquals(seen.error.metadata, metadata, name);
  }
});

Deno.test("HELLO, WELCOME, UPDATE and GOODBYE are written and parsed as the vectors say", () => {
  for (const { name, hello, hex } of vectors.hellos) {
    assertEquals(hexOf(encodeHello(hello)), hex, name);
    const { bytes, start, end } = embedded(hex);
    assertEquals(parseHello(bytes, start, end), hello, name);
  }
  for (const { name, offer, hex } of vectors.offers) {
    const { bytes, start, end } = embedded(hex);
    assertEquals(parseOffer(bytes, start, end), offer, name);
    assertEquals(parseOffer(encodeOffer(offer)), offer, name); // the order of JSON's fields is free
  }
  for (const { name, reason, code, text, hex } of vectors.goodbyes) {
    assertEquals(hexOf(encodeGoodbye({ reason, code, text })), hex, name);
    const { bytes, start, end } = embedded(hex);
    assertEquals(parseGoodbye(bytes, start, end), { reason, code, text }, name);
  }
});

Deno.test("proofs of the shared secret are made and checked as the vectors say", () => {
  const [dialler, acceptor] = vectors.hellos.map((vector) => vector.hello) as [Hello, Hello];
  for (const { secret, side, hex } of vectors.proofs) {
    assertEquals(hexOf(proofOf(secret, side, dialler, acceptor)), hex);
    const proof = bytesOf(hex);
    assert(verifyProof(proof, secret, side, dialler, acceptor));
    assert(!verifyProof(proof, secret + " ", side, dialler, acceptor));
    const other = side === "dialler" ? "acceptor" : "dialler";
    assert(!verifyProof(proof, secret, other, dialler, acceptor));
    const replayed = { ...acceptor, nonce: "0".repeat(32) };
    assert(!verifyProof(proof, secret, side, dialler, replayed));
  }
});
