/**
 * The fallback mark device: one epoll for all marks of the process, waited on by one nonblocking FFI call.
 *
 * @module
 */
import { MARKS_PER_WAIT_MAX } from "../limits.ts";
import { MeshError } from "../errors.ts";
import { native } from "../native/ffi.ts";
import type { MarkDevice } from "./mark_device.ts";

// User code of the same process may replace it.
const { setImmediate } = globalThis;

/** Watches marks by an epoll of the native library. */
export class EpollDevice implements MarkDevice {
  readonly mechanism = "epoll";
  readonly fallbackReason: string | undefined;
  readonly #poller: number;
  readonly #callbacks = new Map<number, () => void>();
  #lastToken = 0;
  #closed = false;
  /** The wait; it begins with the first watch. */
  #running: Promise<void> | undefined;

  /**
   * @param fallbackReason Why it is used instead of the reactor, when that was asked for.
   * @throws MeshError `UNAVAILABLE` when the process has no file descriptors left.
   */
  constructor(fallbackReason?: string) {
    this.fallbackReason = fallbackReason;
    this.#poller = native().mesh_poller_open();
    if (this.#poller < 0) {
      throw new MeshError(
        "UNAVAILABLE",
        "open an epoll: the process has no file descriptors left",
        {
          started: false,
        },
      );
    }
  }

  /** See {@linkcode MarkDevice.watch}. */
  watch(eventFd: number, onAlert: () => void): Disposable {
    return this.#add(eventFd, 0, () => onAlert);
  }

  /** See {@linkcode MarkDevice.watchHangup}. */
  watchHangup(fd: number, onHangup: () => void): Disposable {
    return this.#add(fd, 1, (token) => () => {
      this.#remove(token);
      onHangup();
    });
  }

  /** See {@linkcode MarkDevice.nextTurn}. */
  nextTurn(callback: () => void): void {
    setImmediate(callback);
  }

  #add(fd: number, hangUp: 0 | 1, callback: (token: number) => () => void): Disposable {
    const token = this.#lastToken = (this.#lastToken + 1) & 0x7fff_ffff;
    const result = native().mesh_poller_add(this.#poller, fd, token, hangUp);
    if (result < 0) {
      throw new MeshError(
        "UNAVAILABLE",
        `watch file descriptor ${fd} by epoll: fault ${-result} (not open, or too many are watched)`,
        { started: false },
      );
    }
    this.#callbacks.set(token, callback(token));
    this.#running ??= this.#run();
    return { [Symbol.dispose]: () => this.#remove(token) };
  }

  #remove(token: number): void {
    if (this.#callbacks.delete(token)) native().mesh_poller_remove(this.#poller, token);
  }

  async #run(): Promise<void> {
    const tokens = new Uint32Array(MARKS_PER_WAIT_MAX);
    const bytes = new Uint8Array(tokens.buffer);
    while (!this.#closed) {
      const waited = await native().mesh_poller_wait(this.#poller);
      if (this.#closed) return;
      const found = waited < 0
        ? waited
        : native().mesh_poller_take(this.#poller, bytes, bytes.byteLength);
      if (found < 0) throw new MeshError("INTERNAL", `wait for marks by epoll: fault ${-found}`);
      for (const token of tokens.subarray(0, found)) {
        try {
          this.#callbacks.get(token)?.();
        } catch (error) {
          reportError(error); // the other marks must not suffer
        }
      }
    }
  }

  /** Stops everything that is watched, and the wait. */
  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#callbacks.clear();
    native().mesh_poller_close(this.#poller);
  }

  /** Stops everything that is watched, and waits until the native call has returned. */
  async [Symbol.asyncDispose](): Promise<void> {
    this[Symbol.dispose]();
    await this.#running;
  }
}
