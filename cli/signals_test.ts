import { assertEquals } from "@std/assert";
import { onSignals } from "./signals.ts";

Deno.test("onSignals() counts signals and tells those that came before anybody asked", async () => {
  const second = Promise.withResolvers<void>();
  // Waiting for a signal does not keep the program alive by itself.
  const watchdog = setTimeout(() => second.reject(new Error("a signal did not come")), 10_000);
  const seen: [number, string][] = [];
  using signals = onSignals();
  await terminated();
  signals.handle((count, signal) => {
    seen.push([count, signal]);
    if (count === 2) second.resolve();
  });
  assertEquals(seen, [[1, "SIGTERM"]]);
  Deno.kill(Deno.pid, "SIGTERM");
  await second.promise;
  assertEquals(seen, [[1, "SIGTERM"], [2, "SIGTERM"]]);
  clearTimeout(watchdog);
});

/** Sends this process a SIGTERM and waits until it has been delivered. */
async function terminated(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  Deno.addSignalListener("SIGTERM", resolve);
  Deno.kill(Deno.pid, "SIGTERM");
  await promise;
  Deno.removeSignalListener("SIGTERM", resolve);
}
