import { assertEquals } from "@std/assert";
import { Kind } from "../wire/frame.ts";
import {
  encodeRequestHead,
  HeadFlag,
  requestHeadBytes,
  RequestHeadReader,
} from "../wire/request_head.ts";
import { frameOf } from "../wire/test_frames.ts";
import { headForPeer } from "./head_for_peer.ts";
import type { Port } from "./port.ts";
import type { ProxyCall } from "./proxy_call.ts";

/** A request's head as a peer gets it: flags and deadline. */
function seenBy(peer: Partial<Port>, deadlineMs: number): [number, number] {
  const head = {
    target: "a.b",
    suspect: true,
    idempotent: true,
    attempt: 0,
    deadline: 77,
    requestIdHigh: 0,
    requestIdLow: 0,
    serverHash: 0,
    metadataBytes: 0,
  };
  const body = new Uint8Array(requestHeadBytes(head));
  encodeRequestHead(body, 0, head);
  const frame = frameOf(Kind.REQUEST, 3, 1, body);
  headForPeer({ deadlineMs } as ProxyCall, peer as Port, frame, 1_000);
  const reader = new RequestHeadReader();
  assertEquals(reader.parse(frame.bytes, frame.start, frame.end), undefined);
  return [reader.flags, reader.deadline];
}

const BOTH = HeadFlag.SUSPECT | HeadFlag.IDEMPOTENT;

Deno.test("a peer of today gets a head as it is", () => {
  assertEquals(seenBy({ knowsDeadlines: true, unknownHeadFlags: 0 }, 1_500), [BOTH, 77]);
});

Deno.test("an old peer gets the time that is left, and no flag that it does not know", () => {
  const old = { knowsDeadlines: false, unknownHeadFlags: HeadFlag.SUSPECT };
  assertEquals(seenBy(old, 1_500.4), [HeadFlag.IDEMPOTENT, 501]);
  assertEquals(seenBy(old, 900), [HeadFlag.IDEMPOTENT, 0]);
});
