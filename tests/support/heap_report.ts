/**
 * What the heap of a process has cost, as V8 counts it.
 *
 * @module
 */
import { getHeapStatistics } from "node:v8";

/** Bytes, since the process began. */
export interface HeapReport {
  /** Bytes ever allocated. */
  readonly allocated: number;
  /** Bytes in use, after what is not needed any more was collected. */
  readonly used: number;
}

declare module "node:v8" {
  interface HeapInfo {
    /** V8 has it, the types do not yet. */
    total_allocated_bytes: number;
  }
}

declare const gc: () => void;

/** The report of this process, which has `gc` (V8's `--expose-gc`). */
export function heapReport(): HeapReport {
  const { total_allocated_bytes: allocated } = getHeapStatistics();
  // What the first one lets go of may have kept others.
  gc();
  gc();
  return { allocated, used: getHeapStatistics().used_heap_size };
}
