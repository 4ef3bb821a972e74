/**
 * A segment with its control socket in a temporary directory, and ends of its slots in this process.
 *
 * @module
 */
import { FRAME_HEADER_BYTES } from "../../limits.ts";
import { native } from "../../native/ffi.ts";
import { type AttachedSlot, attachSlot } from "../../shm/attach.ts";
import { type ControlEvent, ControlServer } from "../../shm/control_server.ts";
import { Segment } from "../../shm/segment.ts";
import type { AnySlotEnd, SlotEnd } from "../../shm/slot_end.ts";
import { paddedBytes } from "../../wire/frame.ts";

// Loaded before any test begins: to the leak sanitizer a library loaded inside a test is a leak.
native();

/** A guard against hangs; no test depends on its length. */
export const GUARD_MS = 20_000;

/** A proxy's side, disposable. */
export class SlotFixture implements AsyncDisposable {
  /** Temporary directory of mode 0700. */
  readonly directory: string;
  /** The segment. */
  readonly segment: Segment;
  /** The control socket. */
  readonly server: ControlServer;
  readonly #events: ControlEvent[] = [];
  readonly #listening: Promise<void>;
  #arrived = Promise.withResolvers<void>();
  #closed = false;
  readonly #attached: SlotEnd[] = [];

  /**
   * @param options Sizes of the segment.
   */
  constructor(options: { slots?: number; spaceBytes?: number } = {}) {
    this.directory = Deno.makeTempDirSync({ dir: "/dev/shm", prefix: "mesh_test_" });
    this.segment = Segment.create({
      path: `${this.directory}/segment`,
      slots: options.slots ?? 2,
      spaceBytes: options.spaceBytes ?? 2048,
    });
    this.server = ControlServer.listen(this.controlPath);
    this.#listening = this.#listen();
  }

  /** As a proxy does: the socket is served all the time, whether or not a test wants an event. */
  async #listen(): Promise<void> {
    for await (const event of this.server.events()) {
      this.#events.push(event);
      this.#arrive();
    }
    this.#closed = true;
    this.#arrive();
  }

  #arrive(): void {
    this.#arrived.resolve();
    this.#arrived = Promise.withResolvers();
  }

  /** Path of the control socket. */
  get controlPath(): string {
    return `${this.directory}/control`;
  }

  /** The next event of the control socket: any, or of one type; others keep waiting then. */
  async nextEvent(type?: ControlEvent["type"]): Promise<ControlEvent> {
    for (;;) {
      const at = this.#events.findIndex((event) => type === undefined || event.type === type);
      if (at >= 0) return this.#events.splice(at, 1)[0]!;
      if (this.#closed) throw new Error("the control socket is closed");
      await this.#arrived.promise;
    }
  }

  /** Waits for a hello and admits it to a slot. */
  async admit(slot: number, body: Uint8Array = new Uint8Array()): Promise<ControlEvent> {
    const event = await this.nextEvent("hello");
    if (!this.server.admit(event.connection, this.segment, slot, body)) {
      throw new Error("the process is gone");
    }
    return event;
  }

  /** Attaches this process to a slot; the end is disposed with the fixture. */
  async attach(slot: number): Promise<AttachedSlot & { connection: number }> {
    const [attachment, event] = await Promise.all([
      attachSlot(this.controlPath, new Uint8Array(), GUARD_MS),
      this.admit(slot),
    ]);
    this.#attached.push(attachment.end);
    return { ...attachment, connection: event.connection };
  }

  /** Closes everything and removes the directory. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const end of this.#attached) end[Symbol.dispose]();
    this.server[Symbol.dispose]();
    await this.#listening;
    this.segment[Symbol.dispose]();
    await Deno.remove(this.directory, { recursive: true });
  }
}

/**
 * A padded frame.
 *
 * @param stream Its stream id.
 * @param length Bytes of header and body.
 * @param kind Its kind.
 */
export function makeFrame(stream: number, length = FRAME_HEADER_BYTES, kind = 1): Uint8Array {
  const frame = new Uint8Array(paddedBytes(length));
  const view = new DataView(frame.buffer);
  view.setUint32(0, length, true);
  view.setUint8(4, kind);
  view.setUint32(8, stream, true);
  frame.fill(stream & 0xff, FRAME_HEADER_BYTES, length);
  return frame;
}

/** Stream ids of the frames at the start of a buffer. */
export function streamsOf(buffer: Uint8Array, bytes: number): number[] {
  const view = new DataView(buffer.buffer, buffer.byteOffset, bytes);
  const streams: number[] = [];
  for (let at = 0; at < bytes; at += paddedBytes(view.getUint32(at, true))) {
    streams.push(view.getUint32(at + 8, true));
  }
  return streams;
}

/** Sends one frame; `false` when there is no room. */
export function send(end: AnySlotEnd, frame: Uint8Array): boolean {
  return end.write(frame, 0, frame.byteLength) === frame.byteLength;
}

/** Drains everything and returns the stream ids. */
export function receive(end: AnySlotEnd): number[] {
  const buffer = new Uint8Array(4 * end.maxFrameBytes);
  const streams: number[] = [];
  for (let bytes = end.read(buffer); bytes > 0; bytes = end.read(buffer)) {
    streams.push(...streamsOf(buffer, bytes));
  }
  return streams;
}

/** A promise, with a guard against hangs. */
export async function within<T>(promise: Promise<T>, what: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const guard = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: not within ${GUARD_MS} ms`)), GUARD_MS);
  });
  try {
    return await Promise.race([promise, guard]);
  } finally {
    clearTimeout(timer);
  }
}

/** Leaves a socket on which nobody listens any more, as a killed process does. */
export async function leaveSocket(path: string): Promise<void> {
  const listen = `Deno.listen({ transport: "unix", path: ${JSON.stringify(path)} });`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-lock", `${listen} Deno.kill(Deno.pid, "SIGKILL");`],
  }).spawn();
  await child.status;
}
