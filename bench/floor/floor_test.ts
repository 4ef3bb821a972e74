import { assert, assertEquals } from "@std/assert";
import { Program } from "../peers/program.ts";
import { FloorCaller } from "./connection.ts";
import { connectTo, listenHere } from "./tcp.ts";

/** Bytes that tell where they belong. */
function pattern(bytes: number, from: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: bytes }, (_, i) => (from + i) * 7919 >> 5);
}

Deno.test("bytes arrive whole and in order through both relays, in both directions", async () => {
  using listener = listenHere();
  const { port } = listener.addr;
  await using second = await Program.start("floor/relay.ts", `127.0.0.1:${port}`);
  await using first = await Program.start("floor/relay.ts", second.line);
  using near = await connectTo(first.line);
  using far = await listener.accept();
  const sent = pattern(3_000_000, 0);
  const back = pattern(2_000_000, 5);
  const [arrived, returned] = await Promise.all([
    readAll(far),
    readAll(near),
    writeInPieces(near, sent),
    writeInPieces(far, back),
  ]);
  assert(equal(arrived, sent), "there");
  assert(equal(returned, back), "and back");
});

Deno.test("each call over the floor gets its own reply", async () => {
  await using server = await Program.start("floor/server.ts");
  await using second = await Program.start("floor/relay.ts", server.line);
  await using first = await Program.start("floor/relay.ts", second.line);
  using conn = await connectTo(first.line);
  const caller = new FloorCaller(conn);
  const sizes = [0, 1, 1_000_000, 4_096, 33_000, 70_000, 5];
  const [sized, objects, page] = await Promise.all([
    Promise.all(sizes.map((size) => caller.call("sized", size))),
    Promise.all(sizes.map((size) => caller.call("object", { size, text: "Ω" }))),
    caller.page(3, new Uint8Array(256)),
  ]);
  for (const [i, reply] of sized.entries()) {
    assert(equal(reply as Uint8Array, new Uint8Array(sizes[i]!).fill(7)), `${sizes[i]} bytes`);
  }
  assertEquals(objects, sizes.map((size) => ({ size, text: "Ω" })));
  assertEquals(page, [1, 2, 3].map(() => new Uint8Array(1_024).fill(7)));
  await conn.closeWrite();
  await caller.ended;
});

async function writeInPieces(conn: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    at += await conn.write(bytes.subarray(at, at + 1 + at % 70_001));
  }
  await conn.closeWrite();
}

async function readAll(conn: Deno.TcpConn): Promise<Uint8Array> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  const buffer = new Uint8Array(100_000);
  for (let n = await conn.read(buffer); n !== null; n = await conn.read(buffer)) {
    chunks.push(buffer.slice(0, n));
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
