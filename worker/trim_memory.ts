/**
 * Memory that a process does not need any more goes back to the system.
 *
 * Payloads are in the C library's heap, and so is what V8's compiler needs while a process gets warm. The C library
 * gives back what is free at the heap's end alone; below a block in use it keeps all of it.
 *
 * @module
 */
import { native } from "../native/ffi.ts";

/**
 * Gives back what is free, now and then.
 *
 * @param periodMs Time between two looks, in ms; one takes less than 1 ms when there is little to do.
 * @returns Disposed of, it stops. It keeps no process alive until then.
 */
export function trimMemoryOften(periodMs = 10_000): Disposable {
  const { mesh_memory_trim } = native();
  const timer = setInterval(mesh_memory_trim, periodMs);
  Deno.unrefTimer(timer);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
