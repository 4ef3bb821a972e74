import { assertEquals } from "@std/assert";
import { frameOf } from "../../tests/support/frames.ts";
import { callWith, TestPort } from "../../tests/support/proxy_calls.ts";
import { encodedHead } from "../../tests/support/request_heads.ts";
import { FrameKind } from "../../wire/frame.ts";
import { HeadFlag, RequestHeadReader } from "../../wire/request_head.ts";
import { headForPeer } from "./head_for_peer.ts";

/** A request's head as a peer gets it: flags and deadline. */
function seenBy(peer: Partial<TestPort>, deadlineMs: number): [number, number] {
  const body = encodedHead({ suspect: true, idempotent: true, deadline: 77 });
  const frame = frameOf(FrameKind.REQUEST, 3, 1, body);
  const call = callWith();
  call.deadlineMs = deadlineMs;
  headForPeer(call, Object.assign(new TestPort("link"), peer), frame, 1_000);
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
