import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { DNS_QUERY_MAX_BYTES } from "../limits.ts";
import { MessageSplitter, withLength } from "./tcp_messages.ts";

Deno.test("messages come out as they went in, however the stream is cut", () => {
  fc.assert(fc.property(
    fc.array(fc.uint8Array({ maxLength: 300 })),
    fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }),
    (messages, cuts) => {
      const stream = Uint8Array.from(messages.flatMap((message) => [...withLength(message)]));
      const splitter = new MessageSplitter();
      const out: Uint8Array[] = [];
      for (let at = 0, i = 0; at < stream.length; i++) {
        const end = at + cuts[i % cuts.length]!;
        out.push(...splitter.push(stream.subarray(at, end))!);
        at = end;
      }
      assertEquals(out.map((message) => [...message]), messages.map((message) => [...message]));
      assertEquals(splitter.pendingBytes, 0);
    },
  ));
});

Deno.test("a length beyond any query ends the stream before anything is kept", () => {
  const splitter = new MessageSplitter();
  const length = DNS_QUERY_MAX_BYTES + 1;
  assertEquals(splitter.push(Uint8Array.of(length >> 8, length & 255)), undefined);
});
