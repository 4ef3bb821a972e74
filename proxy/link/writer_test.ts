import { assertEquals } from "@std/assert";
import { FrameFlag, FrameKind } from "../../wire/frame.ts";
import { FrameView } from "../../wire/frame_view.ts";
import type { Connection } from "./network.ts";
import { LinkWriter } from "./writer.ts";

/** Takes a write when it is told to, and notes the flags of its frames. */
class SlowConnection {
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

  go(): void {
    this.#go.resolve();
  }
}

Deno.test("a frame that has not left is withheld, wherever it waits, and one that may have left is not", async () => {
  const connection = new SlowConnection();
  const writer = new LinkWriter(connection as unknown as Connection, (error) => {
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
