import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { MeshError } from "../errors.ts";
import {
  KEY_MAX_BYTES,
  METADATA_MAX_BYTES,
  REQUEST_HEAD_MAX_BYTES,
  TARGET_MAX_BYTES,
} from "../limits.ts";
import {
  clearHeadFlags,
  encodeRequestHead,
  HeadFlag,
  HeadOffset,
  patchDeadline,
  type RequestHead,
  requestHeadBytes,
  RequestHeadReader,
  type Whereabouts,
} from "./request_head.ts";
import { traceparentFromText, traceparentToText } from "./traceparent.ts";

const U32 = { min: 0, max: 0xffffffff };

const NOWHERE: Whereabouts = { pinnedHash: 0, avoidHash: 0, hedgedStream: -1 };
const whereabouts: fc.Arbitrary<Whereabouts> = fc.oneof(
  fc.constant(NOWHERE),
  fc.integer({ ...U32, min: 1 }).map((pinnedHash) => ({ ...NOWHERE, pinnedHash })),
  fc.integer({ ...U32, min: 1 }).map((avoidHash) => ({ ...NOWHERE, avoidHash })),
  fc.integer(U32).map((hedgedStream) => ({ ...NOWHERE, hedgedStream })),
);
const whereOf = ({ pinnedHash, avoidHash, hedgedStream }: Whereabouts) => [
  pinnedHash,
  avoidHash,
  hedgedStream,
];

const requests: fc.Arbitrary<RequestHead> = fc.tuple(
  whereabouts,
  fc.record({
    target: fc.tuple(
      fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }),
      fc.stringMatching(/^[a-zA-Z_$éß]{1,12}$/),
    ).map(([service, handler]) => `${service}.${handler}`).filter((target) =>
      new TextEncoder().encode(target).length <= TARGET_MAX_BYTES
    ),
    key: fc.option(fc.string({ unit: "grapheme", maxLength: 20 }), { nil: undefined }),
    keyExplicit: fc.boolean(),
    traceparent: fc.option(fc.uint8Array({ minLength: 25, maxLength: 25 }), { nil: undefined }),
    idempotent: fc.boolean(),
    attempt: fc.integer({ min: 0, max: 255 }),
    deadline: fc.integer(U32),
    suspect: fc.boolean(),
    firstReply: fc.boolean(),
    requestIdHigh: fc.integer(U32),
    requestIdLow: fc.integer(U32),
    metadataBytes: fc.integer({ min: 0, max: METADATA_MAX_BYTES }),
  }),
).map(([where, rest]) => ({ ...rest, ...where }));

const plain: RequestHead = {
  target: "quotes.price",
  attempt: 0,
  deadline: 5_000,
  requestIdHigh: 1,
  requestIdLow: 2,
  pinnedHash: 0,
  avoidHash: 0,
  hedgedStream: -1,
  metadataBytes: 0,
};

function encoded(head: RequestHead, offset = 0): Uint8Array {
  const bytes = new Uint8Array(offset + requestHeadBytes(head) + 7);
  assertEquals(encodeRequestHead(bytes, offset, head), requestHeadBytes(head));
  return bytes;
}

Deno.test("a request head comes back as it went, at any offset, and its size is as measured", () => {
  const reader = new RequestHeadReader(); // one for all: its cache must not mix targets up
  fc.assert(fc.property(requests, fc.integer({ min: 0, max: 9 }), (head, offset) => {
    const bytes = encoded(head, offset);
    assertEquals(reader.parse(bytes, offset, bytes.length), undefined);
    assertEquals([reader.target, reader.key, reader.attempt, reader.deadline], [
      head.target,
      head.key,
      head.attempt,
      head.deadline,
    ]);
    assertEquals(reader.service, head.target.slice(0, head.target.lastIndexOf(".")));
    assertEquals(reader.handler, head.target.slice(head.target.lastIndexOf(".") + 1));
    assertEquals([reader.requestIdHigh, reader.requestIdLow], [
      head.requestIdHigh,
      head.requestIdLow,
    ]);
    assertEquals(whereOf(reader), whereOf(head));
    assertEquals([reader.metadataBytes, reader.headBytes], [
      head.metadataBytes,
      requestHeadBytes(head),
    ]);
    assertEquals(reader.traceparent, head.traceparent);
    const explicit = head.key !== undefined && head.keyExplicit === true;
    assertEquals((reader.flags & HeadFlag.KEY_EXPLICIT) !== 0, explicit);
    assertEquals((reader.flags & HeadFlag.IDEMPOTENT) !== 0, head.idempotent);
    assertEquals((reader.flags & HeadFlag.PINNED) !== 0, head.pinnedHash !== 0);
    assertEquals((reader.flags & HeadFlag.HEDGE) !== 0, head.hedgedStream >= 0);
    assertEquals((reader.flags & HeadFlag.SUSPECT) !== 0, head.suspect);
    assertEquals((reader.flags & HeadFlag.FIRST_REPLY) !== 0, head.firstReply);
  }));
});

Deno.test("a request head that is cut anywhere is refused", () => {
  const head = { ...plain, key: "jürgen", traceparent: new Uint8Array(25).fill(1) };
  const bytes = encoded(head);
  const reader = new RequestHeadReader();
  for (let end = 0; end < requestHeadBytes(head); end++) {
    assertEquals(reader.parse(bytes, 0, end), "cut");
  }
});

Deno.test("a request head whose bytes are damaged is refused or read within its bounds", () => {
  const reader = new RequestHeadReader();
  fc.assert(fc.property(
    requests,
    fc.array(fc.tuple(fc.nat(300), fc.integer({ min: 1, max: 255 })), { maxLength: 4 }),
    (head, damages) => {
      const bytes = encoded(head);
      for (const [at, bits] of damages) bytes[at % bytes.length]! ^= bits;
      if (reader.parse(bytes, 0, bytes.length) !== undefined) return;
      assert(reader.headBytes <= bytes.length);
      assert(reader.service.length > 0 && reader.handler.length > 0);
      assertEquals(typeof reader.key, (reader.flags & HeadFlag.KEY) === 0 ? "undefined" : "string");
    },
  ));
});

Deno.test("random bytes are never read as a request head beyond their end", () => {
  const reader = new RequestHeadReader();
  fc.assert(fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
    if (reader.parse(bytes, 0, bytes.length) === undefined) {
      assert(reader.headBytes <= bytes.length);
    }
  }));
});

Deno.test("each field of a request head out of bounds is named as the fault", () => {
  const reader = new RequestHeadReader();
  const cases: [string, (view: DataView, bytes: Uint8Array) => void][] = [
    ["size", (view) => view.setUint16(HeadOffset.HEAD_BYTES, 28, true)],
    ["metadata", (view) => view.setUint32(HeadOffset.METADATA_BYTES, METADATA_MAX_BYTES + 1, true)],
    ["target", (view) => view.setUint8(HeadOffset.SERVICE_BYTES, 0)],
    ["target", (view) => view.setUint8(HeadOffset.SERVICE_BYTES, 5)],
    ["target", (view) => view.setUint8(HeadOffset.SERVICE_BYTES, 11)],
    ["target", (_, bytes) => bytes[HeadOffset.TARGET] = 0xff],
    ["key", (view) => view.setUint8(HeadOffset.FLAGS, HeadFlag.KEY_EXPLICIT)],
    ["server", (view) => view.setUint8(HeadOffset.FLAGS, HeadFlag.PINNED)],
    ["server", (view) => {
      view.setUint8(HeadOffset.FLAGS, HeadFlag.PINNED | HeadFlag.HEDGE);
      view.setUint32(HeadOffset.WHERE, 5, true);
    }],
  ];
  for (const [fault, damage] of cases) {
    const bytes = encoded(plain);
    damage(new DataView(bytes.buffer), bytes);
    assertEquals(reader.parse(bytes, 0, bytes.length), fault);
  }
  const keyed = encoded({ ...plain, key: "k" });
  keyed[HeadOffset.TARGET + plain.target.length] = 0xff;
  assertEquals(reader.parse(keyed, 0, keyed.length), "key", "a key that is not UTF-8");
});

Deno.test("two targets of the same bytes but another division are told apart", () => {
  const reader = new RequestHeadReader();
  const bytes = encoded({ ...plain, target: "a.b.c" });
  assertEquals(reader.parse(bytes, 0, bytes.length), undefined);
  assertEquals([reader.service, reader.handler], ["a.b", "c"]);
  bytes[HeadOffset.SERVICE_BYTES] = 1;
  assertEquals(reader.parse(bytes, 0, bytes.length), undefined);
  assertEquals([reader.service, reader.handler], ["a", "b.c"]);
});

Deno.test("the largest request head fits its limit; a byte more is INVALID_ARGUMENT", () => {
  const largest = {
    ...plain,
    target: "s".repeat(TARGET_MAX_BYTES - 2) + ".h",
    key: "€".repeat(170) + "xx",
    traceparent: new Uint8Array(25),
  };
  assertEquals(new TextEncoder().encode(largest.key).length, KEY_MAX_BYTES);
  assert(requestHeadBytes(largest) <= REQUEST_HEAD_MAX_BYTES);
  const bytes = encoded(largest);
  assertEquals(new RequestHeadReader().parse(bytes, 0, bytes.length), undefined);

  for (
    const wrong of [
      { ...plain, target: "s" + largest.target },
      { ...plain, key: largest.key + "x" },
      { ...plain, target: "nodot" },
      { ...plain, target: ".h" },
      { ...plain, target: "s." },
    ]
  ) {
    const error = assertThrows(() => requestHeadBytes(wrong), MeshError);
    assertEquals([error.code, error.started], ["INVALID_ARGUMENT", false]);
  }
});

Deno.test("a deadline and a flag are changed in place, and nothing else", () => {
  const reader = new RequestHeadReader();
  const bytes = encoded({ ...plain, key: "k", suspect: true, idempotent: true }, 3);
  patchDeadline(bytes, 3, 0xffff_fffe);
  clearHeadFlags(bytes, 3, HeadFlag.SUSPECT);
  assertEquals(reader.parse(bytes, 3, bytes.length), undefined);
  assertEquals([reader.deadline, reader.target, reader.key], [0xffff_fffe, plain.target, "k"]);
  assertEquals(reader.flags, HeadFlag.KEY | HeadFlag.IDEMPOTENT);
});

Deno.test("a traceparent header becomes 25 bytes and the same header again", () => {
  const text = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  const bytes = traceparentFromText(text)!;
  assertEquals([bytes.length, bytes[0], bytes[24]], [25, 0x0a, 1]);
  assertEquals(traceparentToText(bytes), text);
  assertEquals(traceparentToText(traceparentFromText("01" + text.slice(2) + "-more")!), text);
});

Deno.test("a traceparent header that is invalid is ignored", () => {
  const good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  for (
    const text of [
      "",
      good + "-more",
      "ff" + good.slice(2),
      good.toUpperCase(),
      good.replace("0af7651916cd43dd8448eb211c80319c", "0".repeat(32)),
      good.replace("b7ad6b7169203331", "0".repeat(16)),
    ]
  ) assertEquals(traceparentFromText(text), undefined, text);
});
