import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { inspectFields } from "../boundary/inspect.ts";
import { LOG_PIECE_MAX_BYTES, LOG_RECORD_MAX_BYTES } from "../limits.ts";
import { LineSplitter } from "./line_splitter.ts";
import { encodePieces, newLogToken, pieceHead, PieceReader } from "./log_pieces.ts";
import type { LogRecord } from "./log_record.ts";

const head = pieceHead(newLogToken());
const record = (message: string, fields: unknown = {}): LogRecord => ({
  time: "2026-01-02T03:04:05.678Z",
  level: "info",
  message,
  own: inspectFields({ service: "s" }),
  fields: inspectFields(fields),
});

function read(bytes: Uint8Array): unknown[] {
  const reader = new PieceReader();
  const news: unknown[] = [];
  const lines = new LineSplitter(LOG_PIECE_MAX_BYTES, ({ bytes, cutBytes }) => {
    assertEquals(cutBytes, 0);
    assertEquals(bytes.subarray(0, head.length), head);
    const read = reader.push(bytes.subarray(head.length));
    if (read !== "incomplete") news.push(read);
  });
  lines.push(bytes);
  return news;
}

Deno.test("a record arrives as it was, in pieces that each fit one atomic write", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme", maxLength: 5_000, size: "max" }),
      fc.anything(),
      (message, field) => {
        const sent = record(message, { field });
        const bytes = encodePieces(sent, head);
        for (let at = 0; at < bytes.length; at += LOG_PIECE_MAX_BYTES) {
          const end = Math.min(at + LOG_PIECE_MAX_BYTES, bytes.length);
          assertEquals(bytes.indexOf(10, at), end - 1);
        }
        assertEquals(read(bytes), [JSON.parse(JSON.stringify(sent))]);
      },
    ),
    { numRuns: 50 },
  );
  assertEquals(read(encodePieces({ dropped: 7 }, head)), [{ dropped: 7 }]);
});

Deno.test("what is no record is none, and what follows is read again", () => {
  const encode = (text: string) => new TextEncoder().encode(text);
  const wrong = [
    "",
    "?{}",
    ".",
    ".{",
    ".null",
    ".[]",
    '.{"message":5,"level":"info"}',
    '.{"message":"m","level":"fatal"}',
    '.{"dropped":-1}',
    '.{"dropped":1.5}',
    ".\xff\xfe",
  ];
  const reader = new PieceReader();
  for (const piece of wrong) {
    assertEquals(reader.push(encode(piece)), undefined, piece);
    assertEquals(reader.push(encode('.{"dropped":1}')), { dropped: 1 });
  }
  const odd = reader.push(
    encode('.{"message":"m","level":"warn","time":"yesterday","own":[1],"fields":"x"}'),
  ) as LogRecord;
  assertEquals([odd.own, odd.fields, odd.level], [{}, {}, "warn"]);
  assert(!Number.isNaN(Date.parse(odd.time)));
});

Deno.test("a record without end is not kept", () => {
  const reader = new PieceReader();
  const piece = new Uint8Array(4_000).fill(65);
  piece[0] = 43;
  for (let bytes = 0; bytes <= 3 * LOG_RECORD_MAX_BYTES; bytes += piece.length) {
    assertEquals(reader.push(piece), "incomplete");
  }
  assertEquals(reader.push(new TextEncoder().encode(".")), undefined);
});
