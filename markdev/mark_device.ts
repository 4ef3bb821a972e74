/**
 * The mark device: how a side that sleeps learns that the other side signalled its mark, without a thread of its own
 * and without spinning. There are two implementations; tests/conformance/ holds both to the same behaviour.
 *
 * @module
 */

/**
 * Waits on the marks and control connections of a process. Disposing it stops everything that is watched; disposing it
 * with `await` also waits until nothing of it is under way in the event loop (a test wants that).
 */
export interface MarkDevice extends Disposable, AsyncDisposable {
  /** How it waits: in Deno's own reactor, or by one nonblocking FFI call per process. */
  readonly mechanism: "reactor" | "epoll";
  /** Why the faster mechanism is not used; `undefined` when it is, or when nobody asked for it. */
  readonly fallbackReason: string | undefined;

  /**
   * Waits on a mark.
   *
   * @param eventFd The eventfd of a `SlotEnd`; it stays the end's own and may be closed while it is watched.
   * @param onAlert Called after the mark was signalled, from the event loop; several signals may come as one call.
   * What it throws is an uncaught error.
   * @returns Dispose it to stop: no call comes afterwards.
   * @throws MeshError when the descriptor cannot be watched.
   */
  watch(eventFd: number, onAlert: () => void): Disposable;

  /**
   * Waits for the end of a connection.
   *
   * @param fd The life line of an attached process; it stays the owner's and may be closed while it is watched.
   * @param onHangup Called once, when the other side closed the connection or died.
   * @returns Dispose it to stop: no call comes afterwards.
   * @throws MeshError when the descriptor cannot be watched.
   */
  watchHangup(fd: number, onHangup: () => void): Disposable;

  /** Calls once, after the other events that wait in the event loop have had their turn. */
  nextTurn(callback: () => void): void;
}
