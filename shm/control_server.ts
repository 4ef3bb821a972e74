/**
 * The control socket, proxy's side: processes ask for a slot here, and their end is seen here.
 *
 * @module
 */
import { REPORT_BYTES } from "../limits.ts";
import { NativeFault, readReport } from "../native/fault.ts";
import { native } from "../native/ffi.ts";
import type { Segment } from "./segment.ts";

/** What happened on the control socket. */
export type ControlEvent =
  | {
    /** A process asks for a slot; answer with `admit` or `refuse`. */
    readonly type: "hello";
    /** Names the connection. */
    readonly connection: number;
    /** Process id of the other side, as the kernel says. */
    readonly pid: number;
    /** User id of the other side, as the kernel says. */
    readonly uid: number;
    /** What it said. */
    readonly body: Uint8Array;
  }
  | {
    /** A process that had said hello is gone (or said something after its hello). */
    readonly type: "hangup";
    /** Names the connection. */
    readonly connection: number;
  };

const EVENT_HEAD_BYTES = 16;
const TYPE_HELLO = 1;

/**
 * The listening control socket. A client that says garbage, says nothing or does not read costs one connection until
 * a deadline of three seconds and is never reported.
 */
export class ControlServer implements Disposable {
  /** Path of the socket. */
  readonly path: string;
  #handle: number;

  private constructor(handle: number, path: string) {
    this.#handle = handle;
    this.path = path;
  }

  /**
   * Listens at a path (mode 0600); a socket that a dead process left there is removed. Paths longer than the 107
   * bytes of a Unix address work too.
   *
   * @param path Path of the socket.
   * @returns The server.
   * @throws NativeFault `LIVE_OWNER` (observed: pid) when a process listens there, `NOT_OURS` when something
   * lies there that is no socket, `ARGUMENT`, `SYSTEM`.
   */
  static listen(path: string): ControlServer {
    const bytes = new TextEncoder().encode(path);
    const report = new Uint8Array(REPORT_BYTES);
    const handle = native().mesh_control_listen(
      bytes,
      bytes.byteLength,
      report,
      report.byteLength,
    );
    if (handle < 0) throw new NativeFault(readReport(handle, report));
    return new ControlServer(handle, path);
  }

  /**
   * Listens anew when the socket's file is gone; processes that are connected stay so.
   *
   * @returns `false`: it is there.
   * @throws NativeFault as `listen()` does.
   */
  listenAgain(): boolean {
    const report = new Uint8Array(REPORT_BYTES);
    const result = native().mesh_control_listen_again(this.#handle, report, report.byteLength);
    if (result < 0) throw new NativeFault(readReport(result, report));
    return result === 1;
  }

  /**
   * What happens, in order; ends when the server is disposed. To be iterated once.
   *
   * @throws NativeFault `SYSTEM` when the kernel refuses to wait.
   */
  async *events(): AsyncGenerator<ControlEvent, void, undefined> {
    while (this.#handle !== 0) {
      const waited = await native().mesh_control_wait(this.#handle);
      if (this.#handle === 0) return;
      if (waited < 0) throw new NativeFault(readReport(waited, new Uint8Array(REPORT_BYTES)));
      for (let event = this.#take(); event !== undefined; event = this.#take()) yield event;
    }
  }

  #take(): ControlEvent | undefined {
    if (this.#handle === 0) return undefined;
    const size = native().mesh_control_peek(this.#handle);
    if (size <= 0) return undefined;
    const event = new Uint8Array(size);
    if (native().mesh_control_take(this.#handle, event, event.byteLength) <= 0) return undefined;
    const head = new Uint32Array(event.buffer, 0, EVENT_HEAD_BYTES / 4);
    const [type, connection = 0, pid = 0, uid = 0] = head;
    if (type !== TYPE_HELLO) return { type: "hangup", connection };
    const body = event.subarray(EVENT_HEAD_BYTES);
    return { type: "hello", connection, pid, uid, body };
  }

  /**
   * Gives a slot to a process: its place in the segment, its generation, the segment and both marks.
   *
   * @param connection From the hello.
   * @param segment The segment.
   * @param slot Index of the slot, retired since its last process.
   * @param body What the process gets to read, at most `CONTROL_BODY_MAX_BYTES`.
   * @returns `false`: the process is gone, or was answered before.
   * @throws NativeFault `ARGUMENT` for a slot that does not exist or a body that is too large, `SYSTEM`.
   */
  admit(connection: number, segment: Segment, slot: number, body: Uint8Array): boolean {
    const report = new Uint8Array(REPORT_BYTES);
    const result = native().mesh_control_admit(
      this.#handle,
      connection,
      segment.handle,
      slot,
      body as Uint8Array<ArrayBuffer>,
      body.byteLength,
      report,
      report.byteLength,
    );
    if (result < 0) throw new NativeFault(readReport(result, report));
    return result === 1;
  }

  /**
   * Tells a process that it gets no slot; the connection is closed when the answer is out. No hang-up is reported.
   *
   * @param connection From the hello.
   * @param body Why, for the process to read, at most `CONTROL_BODY_MAX_BYTES`.
   * @returns `false`: the process is gone, or was answered before.
   * @throws NativeFault `ARGUMENT` for a body that is too large.
   */
  refuse(connection: number, body: Uint8Array): boolean {
    const report = new Uint8Array(REPORT_BYTES);
    const result = native().mesh_control_refuse(
      this.#handle,
      connection,
      body as Uint8Array<ArrayBuffer>,
      body.byteLength,
      report,
      report.byteLength,
    );
    if (result < 0) throw new NativeFault(readReport(result, report));
    return result === 1;
  }

  /**
   * Closes a connection: its process sees that the proxy wants no more of it. No hang-up is reported.
   *
   * @param connection From the hello.
   */
  hangUp(connection: number): void {
    if (this.#handle !== 0) native().mesh_control_hang_up(this.#handle, connection);
  }

  /** Closes every connection, ends `events()` and removes the socket. */
  [Symbol.dispose](): void {
    if (this.#handle === 0) return;
    native().mesh_control_close(this.#handle);
    this.#handle = 0;
  }
}
