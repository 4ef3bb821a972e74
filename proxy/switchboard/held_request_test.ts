import { assertEquals } from "@std/assert";
import { frameOf } from "../../tests/support/frames.ts";
import { FrameFlag, FrameKind } from "../../wire/frame.ts";
import { HeldRequest } from "./held_request.ts";

const fragment = (flags: number, byte: number, bytes = 3) =>
  frameOf(FrameKind.REQUEST, flags, 9, new Uint8Array(bytes).fill(byte));

Deno.test("a held request gives out its frames as they came, until nobody takes more", () => {
  const held = new HeldRequest();
  for (const [flags, byte] of [[FrameFlag.FIRST, 1], [0, 2], [FrameFlag.LAST, 3]] as const) {
    assertEquals(held.add(fragment(flags, byte)), true);
  }
  const seen: unknown[] = [];
  held.release(({ flags, stream, bytes, start }) => {
    seen.push([flags, stream, bytes[start]]);
    return seen.length < 2;
  });
  assertEquals(seen, [[FrameFlag.FIRST, 9, 1], [0, 9, 2]]);
});

Deno.test("a caller that sends more than it has credit for is found out", () => {
  const held = new HeldRequest();
  let kept = 0;
  while (held.add(fragment(0, 1, 60_000)) && kept < 100) kept++;
  assertEquals(kept, 34, "2 MiB");
});
