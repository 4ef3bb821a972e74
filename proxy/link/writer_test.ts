import { assertEquals } from "@std/assert";
import { FrameFlag, FrameKind } from "../../wire/frame.ts";
import { FrameView } from "../../wire/frame_view.ts";
import { LinkWriter, type WritableConnection } from "./writer.ts";

/** Takes a write when it is told to, and notes the flags of its frames. */
class SlowConnection implements WritableConnection {
  readonly flags: number[] = [];
  #go = Promise.withResolvers<void>();

  async write(bytes: Uint8Array): Promise<number> {
    await this.#go.promise;
    const words = new Uint32Array(bytes.buffer);
    const { byteOffset: from } = bytes;
    const frame = new FrameView()
      .over(new Uint8Array(bytes.buffer), words, from, from + bytes.length);
    while (frame.advance()) this.flags.push(frame.flags);
    return bytes.length;
  }

  closeWrite(): Promise<void> {
    return Promise.resolve();
  }

  go(): void {
    this.#go.resolve();
  }
}

Deno.test("a frame that has not left is withheld, wherever it waits, and one that may have left is not", async () => {
  const connection = new SlowConnection();
  const writer = new LinkWriter(connection, (error) => {
    throw error;
  });
  const whole = FrameFlag.FIRST | FrameFlag.LAST;
  const positions: number[] = [];
  const append = (frames: number) => {
    for (let i = 0; i < frames; i++) {
      positions.push(writer.calls.appendedBytes);
      writer.calls.append(FrameKind.REQUEST, whole, positions.length, new Uint8Array(65_000));
    }
  };
  append(6); // four of them are one write
  writer.schedule();
  await Promise.resolve();
  append(2);
  const asked = [0, 3, 4, 7].map((frame) => writer.withhold(positions[frame]!));
  assertEquals(asked, [false, false, true, true]);
  connection.go();
  while (connection.flags.length < positions.length) await Promise.resolve();
  const { FIRST } = FrameFlag;
  assertEquals(connection.flags, [whole, whole, whole, whole, FIRST, whole, whole, FIRST]);
});

/** A connection that takes what `write` says, at most. */
function connection(write: (bytes: number) => Promise<number>): WritableConnection {
  return { write: (bytes) => write(bytes.length), closeWrite: () => Promise.resolve() };
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 0));

Deno.test("what a connection takes piece by piece is written once, and counted by frames and bytes", async () => {
  const writes: number[] = [];
  const writer = new LinkWriter(
    connection((bytes) => {
      writes.push(bytes);
      return Promise.resolve(Math.min(bytes, 48));
    }),
    (error) => {
      throw error;
    },
  );
  writer.control.append(FrameKind.PING, 0, 0, new Uint8Array(8));
  for (let i = 0; i < 3; i++) writer.calls.append(FrameKind.REPLY, 0, i, new Uint8Array(20));
  writer.schedule();
  await turn();
  assertEquals(writes, [32, 144, 96, 48]);
  assertEquals([writer.framesOut, writer.bytesOut, writer.callBytesHandedOver], [4, 176, 144]);
});

Deno.test("a write that fails is told once, and not when nobody cares any more", async () => {
  for (const abandoned of [false, true]) {
    const told: unknown[] = [];
    const broken = Promise.withResolvers<number>();
    const writer = new LinkWriter(connection(() => broken.promise), (error) => told.push(error));
    writer.calls.append(FrameKind.REPLY, 0, 1, new Uint8Array(20));
    writer.schedule();
    await turn();
    if (abandoned) writer.abandon();
    broken.reject("the connection was reset");
    await turn();
    writer.schedule();
    await turn();
    assertEquals(told, abandoned ? [] : ["the connection was reset"]);
  }
});
