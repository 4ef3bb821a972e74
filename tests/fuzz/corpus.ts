/**
 * Good inputs to start from.
 *
 * @module
 */
import { encodePayload } from "../../endpoint/codec.ts";
import { MeshError } from "../../errors.ts";
import { encodeErrorBody } from "../../wire/error_body.ts";
import { FrameFlag, FrameKind } from "../../wire/frame.ts";
import { FrameQueue } from "../../wire/frame_queue.ts";
import { encodeMetadata } from "../../wire/metadata.ts";
import { encodedHead } from "../support/request_heads.ts";

function headBytes(): Uint8Array {
  return encodedHead({
    target: "quotes.price",
    key: "ünï-user",
    keyExplicit: true,
    traceparent: new Uint8Array(25).fill(3),
    attempt: 1,
    deadline: 5_000,
    requestIdHigh: 1,
    requestIdLow: 2,
    avoidHash: 77,
    metadataBytes: 12,
  });
}

function frameBytes(): Uint8Array {
  const queue = new FrameQueue(1 << 20);
  queue.append(FrameKind.REQUEST, FrameFlag.FIRST | FrameFlag.LAST, 7, headBytes());
  queue.append(FrameKind.REPLY, FrameFlag.FIRST, 8, new Uint8Array(3_000).fill(1));
  queue.append(FrameKind.REPLY, FrameFlag.LAST | FrameFlag.END, 8, new Uint8Array(17));
  queue.appendU32(FrameKind.REPLY_CREDIT, 9, 65_536);
  queue.append(FrameKind.PING, 0, 0, new Uint8Array(8));
  queue.append(FrameKind.CANCEL, 0, 7, new Uint8Array(0));
  return queue.bytes.slice(queue.head, queue.tail);
}

function payloads(): Uint8Array[] {
  const values: unknown[] = [
    { symbol: "YHOO", list: [1, 2.5, "x", null, true], nested: { a: { b: [] } } },
    new Map<unknown, unknown>([["k", new Map([[1, { x: 1 }]])]]),
    [new Date(5), 12n, -(2n ** 80n), new Set([1]), new Float64Array([1, 2]), new Uint8Array(40)],
    "ünïcode 🦊".repeat(30),
    [
      ,
      1,
      ,
      { "\ud800": /a/g },
      new RangeError("r", { cause: [Object(1n), new DOMException("d")] }),
    ],
    { data: [new DataView(new ArrayBuffer(3)), new ArrayBuffer(2)], "__proto__ ": "x\udc00" },
  ];
  return values.map((value) => encodePayload(value).bytes.slice());
}

const text = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

const SEEDS: Readonly<Record<string, Uint8Array[]>> = {
  frames: [frameBytes()],
  requestHead: [headBytes()],
  payload: payloads(),
  fragments: [frameBytes()],
  texts: [
    text({
      services: [{ name: "quotes", handlers: [{ name: "price", idempotent: true }] }],
      draining: false,
    }),
    text({ name: "exec-1", epoch: "0123456789abcdef", roles: ["exec"], features: [] }),
    new TextEncoder().encode("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
  ],
  metadata: [encodeMetadata({ a: "b", "ünï": "🦊", empty: "" })],
  errorBody: [
    encodeErrorBody(
      new MeshError("UNAVAILABLE", "nobody is there", { server: "exec-1", metadata: { a: "b" } }),
      { retryable: true },
    ),
  ],
};

/** Good inputs for a target. */
export function corpus(target: string): readonly Uint8Array[] {
  return SEEDS[target]!;
}
