/**
 * What links rely on of a network: TCP over loopback, and the simulation's.
 *
 * @module
 */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { Connection } from "../../proxy/link/network.ts";
import { type NetworkStand, networkTest } from "./network_stand.ts";

function pattern(count: number): Uint8Array {
  return Uint8Array.from({ length: count }, (_, i) => (i * 31 + (i >> 8)) & 0xff);
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** How a read ends that gets no bytes: the end, or an error. */
async function endOf(stand: NetworkStand, from: Connection): Promise<"end" | "error"> {
  try {
    assertEquals(await stand.settled(from.read(new Uint8Array(64))), null);
    return "end";
  } catch {
    return "error";
  }
}

/** Writes until that fails, as it does with a connection that has ended. */
async function writeUntilRefused(to: Connection): Promise<void> {
  const bytes = new Uint8Array(16_384);
  try {
    for (;;) await to.write(bytes);
  } catch (error) {
    const { BrokenPipe, ConnectionReset, ConnectionAborted, Interrupted } = Deno.errors;
    const known = [BrokenPipe, ConnectionReset, ConnectionAborted, Interrupted];
    assert(known.some((one) => error instanceof one), String(error));
  }
}

networkTest(
  "bytes arrive in order, both ways, whatever is written and read at once",
  async (stand) => {
    const { near, far } = await stand.pair();
    const bytes = pattern(300_000);
    for (const [from, to] of [[near, far], [far, near]] as const) {
      for (const pieceBytes of [7_001, 65_536, 1_000_000]) {
        const writing = stand.writeAll(from, bytes);
        assert(same(await stand.readAll(to, bytes.length, pieceBytes), bytes));
        await stand.settled(writing);
      }
    }
  },
);

networkTest("small writes come out whole from a small buffer", async (stand) => {
  const { near, far } = await stand.pair();
  const bytes = pattern(300);
  const writing = (async () => {
    for (let at = 0; at < bytes.length; at += 30) {
      await stand.writeAll(near, bytes.subarray(at, at + 30));
    }
  })();
  assert(same(await stand.readAll(far, bytes.length, 7), bytes));
  await stand.settled(writing);
});

networkTest(
  "what was written stays as it was then, also if the buffer is used again",
  async (stand) => {
    const { near, far } = await stand.pair();
    const buffer = new Uint8Array(100).fill(1);
    assertEquals(await stand.settled(near.write(buffer)), 100);
    buffer.fill(2);
    assertEquals(await stand.readAll(far, 100), new Uint8Array(100).fill(1));
  },
);

networkTest(
  "of two reads at once each gets its own bytes, and a close ends both",
  async (stand) => {
    const { near, far } = await stand.pair();
    const [one, other] = [new Uint8Array(8), new Uint8Array(8)];
    const reads = [far.read(one), far.read(other)];
    for (const [i, read] of reads.entries()) {
      await stand.settled(stand.writeAll(near, Uint8Array.of(i + 1)));
      assertEquals(await stand.settled(read), 1);
    }
    assertEquals([one[0], other[0]], [1, 2]);
    const waiting = [far.read(one), far.read(other)].map((read) =>
      assertRejects(() => read, Deno.errors.Interrupted)
    );
    far.close();
    await stand.settled(Promise.all(waiting));
  },
);

networkTest("no bytes are read and written at once", async (stand) => {
  const { near } = await stand.pair();
  assertEquals(await stand.settled(near.read(new Uint8Array(0))), 0);
  assertEquals(await stand.settled(near.write(new Uint8Array(0))), 0);
});

networkTest("a read waits until there is something", async (stand) => {
  const { near, far } = await stand.pair();
  let read = false;
  const reading = far.read(new Uint8Array(10)).finally(() => read = true);
  await stand.settle();
  assert(!read);
  await stand.settled(stand.writeAll(near, pattern(3)));
  const count = await stand.settled(reading);
  assert(count! >= 1 && count! <= 3);
});

networkTest("a writer that outruns a stopped reader has to wait", async (stand) => {
  const { near, far } = await stand.pair();
  const chunk = pattern(65_536);
  const total = 2 * stand.underWayMaxBytes;
  let written = 0;
  const writing = (async () => {
    while (written < total) {
      written += await near.write(chunk.subarray(0, Math.min(chunk.length, total - written)));
    }
  })();
  for (let before = -1; before !== written;) {
    before = written;
    await stand.settle();
  }
  assert(written > 0 && written <= stand.underWayMaxBytes, `${written} bytes were taken`);
  const into = new Uint8Array(1_000_000);
  for (let read = 0; read < total;) {
    const count = await stand.settled(far.read(into));
    assert(count !== null && count > 0);
    read += count;
    assert(written - read <= stand.underWayMaxBytes);
  }
  await stand.settled(writing);
}, 1);

networkTest("a half-closed connection carries bytes the other way", async (stand) => {
  const { near, far } = await stand.pair();
  await stand.settled(stand.writeAll(near, pattern(1_000)));
  await stand.settled(near.closeWrite());
  await stand.settled(near.closeWrite());
  assert(same(await stand.readAll(far, 2_000), pattern(1_000)), "all, and then the end");
  assertEquals(await stand.settled(far.read(new Uint8Array(9))), null);
  assertEquals(await stand.settled(far.read(new Uint8Array(9))), null, "the end stays");
  await assertRejects(() => stand.settled(near.write(pattern(1))), Deno.errors.BrokenPipe);
  await stand.settled(stand.writeAll(far, pattern(500)));
  assert(same(await stand.readAll(near, 500), pattern(500)));
  await stand.settled(far.closeWrite());
  assertEquals(await endOf(stand, near), "end");
});

networkTest("what was written before a close arrives, and then the end", async (stand) => {
  const { near, far } = await stand.pair();
  await stand.settled(stand.writeAll(near, pattern(20_000)));
  near.close();
  assert(same(await stand.readAll(far, 30_000), pattern(20_000)));
  assertEquals(await stand.settled(far.read(new Uint8Array(9))), null);
});

networkTest(
  "a read that waits at a close fails, and so does everything after it",
  async (stand) => {
    const { near, far } = await stand.pair();
    const reading = assertRejects(() => near.read(new Uint8Array(9)), Deno.errors.Interrupted);
    near.close();
    await stand.settled(reading);
    const { BadResource } = Deno.errors;
    await assertRejects(() => stand.settled(near.read(new Uint8Array(9))), BadResource);
    await assertRejects(() => stand.settled(near.write(pattern(9))), BadResource);
    await assertRejects(() => stand.settled(near.closeWrite()), BadResource);
    assertThrows(() => near.close(), BadResource);
    assertThrows(() => near.setNoDelay(true), BadResource);
    assertEquals(await endOf(stand, far), "end");
  },
);

networkTest("a write that waits at a close fails", async (stand) => {
  const { near } = await stand.pair();
  const writing = writeUntilRefused(near);
  await stand.settle();
  near.close();
  await stand.settled(writing);
}, 2);

networkTest("who writes to a side that has closed learns it, sooner or later", async (stand) => {
  const { near, far } = await stand.pair();
  far.close();
  await stand.settle();
  assertEquals(await stand.settled(near.write(pattern(10))), 10, "nobody knows yet");
  await stand.settled(writeUntilRefused(near));
  await endOf(stand, near);
});

networkTest("who closes with bytes that it has not read breaks the connection", async (stand) => {
  const { near, far } = await stand.pair();
  await stand.settled(stand.writeAll(near, pattern(5_000)));
  await stand.settled(far.read(new Uint8Array(10)));
  await stand.settled(stand.writeAll(far, pattern(100)));
  await stand.settle();
  far.close();
  await stand.settle();
  await stand.settled(writeUntilRefused(near));
  const sent = pattern(100);
  let got = 0;
  try {
    const bytes = new Uint8Array(200);
    for (let count; (count = await stand.settled(near.read(bytes))) !== null; got += count) {
      assert(same(bytes.subarray(0, count), sent.subarray(got, got + count)), "a part of it");
    }
  } catch {
    // A reset, which may take with it what was not read.
  }
  assert(got <= 100);
});

networkTest("nobody listens there: refused", async (stand) => {
  const listener = stand.listen();
  const { addr } = listener;
  listener.close();
  const { signal } = new AbortController();
  await assertRejects(
    () => stand.settled(stand.near.connect(addr, signal)),
    Deno.errors.ConnectionRefused,
  );
});

networkTest(
  "a dial that is given up fails for that reason, also one that never began",
  async (stand) => {
    const listener = stand.listen();
    const reason = new Error("we do not want it any more");
    const early = AbortSignal.abort(reason);
    await assertRejects(
      () => stand.settled(stand.near.connect(listener.addr, early)),
      Error,
      reason.message,
    );
    const giveUp = new AbortController();
    const dialling = assertRejects(
      () => stand.near.connect(listener.addr, giveUp.signal),
      Error,
      reason.message,
    );
    giveUp.abort(reason);
    await stand.settled(dialling);
    // The listener may see something of it, which has ended.
    const near = await stand.settled(stand.dial(listener));
    await stand.settled(stand.writeAll(near, pattern(4)));
    for (let length = 0; length < 4;) {
      const far = await stand.settled(listener.accept());
      stand.closeLater(far);
      ({ length } = await stand.readAll(far, 4));
    }
  },
);

networkTest("a signal that is aborted later does nothing to the connection", async (stand) => {
  const listener = stand.listen();
  const giveUp = new AbortController();
  const dialling = stand.near.connect(listener.addr, giveUp.signal);
  const [near, far] = await stand.settled(Promise.all([dialling, listener.accept()]));
  stand.closeLater(near);
  stand.closeLater(far);
  giveUp.abort();
  await stand.settled(stand.writeAll(near, pattern(9)));
  assert(same(await stand.readAll(far, 9), pattern(9)));
});

networkTest("a closed listener takes nobody in, and its place is free again", async (stand) => {
  const listener = stand.listen();
  const { BadResource, AddrInUse } = Deno.errors;
  const place = { hostname: listener.addr.hostname, port: listener.addr.port };
  assert(place.port > 0);
  assertThrows(() => stand.far.listen(place), AddrInUse);
  const accepting = assertRejects(() => listener.accept(), BadResource);
  listener.close();
  await stand.settled(accepting);
  await assertRejects(() => stand.settled(listener.accept()), BadResource);
  assertThrows(() => listener.close(), BadResource);
  const again = stand.listen(place);
  assertEquals(again.addr.port, place.port);
  const { near, far } = await stand.pair(again);
  await stand.settled(stand.writeAll(near, pattern(5)));
  assert(same(await stand.readAll(far, 5), pattern(5)));
});

networkTest("connections outlive their listener, those that nobody took do not", async (stand) => {
  const listener = stand.listen();
  const { near, far } = await stand.pair(listener);
  const waiting = await stand.settled(stand.dial(listener));
  await stand.settle();
  listener.close();
  await endOf(stand, waiting);
  await stand.settled(writeUntilRefused(waiting));
  await stand.settled(stand.writeAll(near, pattern(5)));
  assert(same(await stand.readAll(far, 5), pattern(5)));
});

networkTest("both sides know with whom they speak", async (stand) => {
  const listener = stand.listen();
  const pairs = [await stand.pair(listener), await stand.pair(listener)];
  for (const { near, far } of pairs) {
    assertEquals(near.remoteAddr.port, listener.addr.port);
    assertEquals(near.remoteAddr.transport, "tcp");
    assert(far.remoteAddr.hostname.length > 0 && far.remoteAddr.port > 0);
  }
  const ports = new Set(pairs.map(({ far }) => far.remoteAddr.port));
  assertEquals(ports.size, 2, "a port for each connection");
});
