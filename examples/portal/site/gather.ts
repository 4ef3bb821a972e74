/**
 * Scatter and gather: `mesh.page`, and for each part how long it took.
 *
 * @module
 */
import type { Mesh, PagePart, PartResult } from "mesh";

/** A part of a page; its calls are made with the mesh it is given, and end with the part. */
export interface Part<T> extends Omit<PagePart<T>, "call" | "input" | "options"> {
  call(mesh: Mesh): PromiseLike<T>;
}

/** How a part ended, and after how many milliseconds. */
export type Outcome<T> = PartResult<T> & { readonly ms: number };

/**
 * Loads parts side by side.
 *
 * @param mesh The way to the services, of one request.
 * @param parts The parts by name.
 * @param budgetMs Time for all of it, in milliseconds.
 * @returns Their outcomes by name, never later than the budget.
 */
export async function gather<T extends Record<string, unknown>>(
  mesh: Mesh,
  parts: { readonly [K in keyof T]: Part<T[K]> },
  budgetMs: number,
): Promise<{ readonly [K in keyof T]: Outcome<T[K]> }> {
  const start = performance.now();
  const took = new Map<string, number>();
  const timed = Object.entries<Part<unknown>>(parts).map(([name, part]) => {
    const call = (partMesh: Mesh) => {
      // What the part returns goes on as it is: only a call can be hedged, a promise around it cannot.
      const loading = part.call(partMesh);
      const done = () => void took.set(name, performance.now() - start);
      loading.then(done, done);
      return loading;
    };
    return [name, { ...part, call }] as const;
  });
  const results = await mesh.page(Object.fromEntries(timed), { budgetMs: Math.max(budgetMs, 0) });
  const wholeMs = performance.now() - start;
  const outcomes = Object.entries(results).map(([name, result]) => {
    return [name, { ...result, ms: took.get(name) ?? wholeMs }];
  });
  return Object.fromEntries(outcomes);
}
