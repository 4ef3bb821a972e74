import { assert, assertEquals } from "@std/assert";
import { gather, type GatherPart } from "./gather.ts";

const part = <T>(load: GatherPart<T>["load"], timeoutMs = 10_000) => ({ timeoutMs, load });

Deno.test("all parts are asked for before the first has answered", async () => {
  const first = Promise.withResolvers<string>();
  const outcomes = await gather([
    part(() => first.promise),
    part(() => {
      first.resolve("first");
      return Promise.resolve("second");
    }),
  ]);
  assertEquals(outcomes.map((outcome) => outcome.ok && outcome.value), ["first", "second"]);
});

Deno.test("a part that fails, at once or later, leaves the others alone", async () => {
  const outcomes = await gather([
    part((): Promise<string> => {
      throw new Error("at once");
    }),
    part(() => Promise.resolve("fine")),
    part(() => Promise.reject(new Error("later"))),
  ]);
  assertEquals(outcomes.map((outcome) => outcome.ok ? outcome.value : String(outcome.error)), [
    "Error: at once",
    "fine",
    "Error: later",
  ]);
});

Deno.test("a part that never answers ends at its time-out, and its calls are told", async () => {
  let signal: AbortSignal | undefined;
  const [outcome] = await gather([
    part((options) => {
      signal = options.signal;
      return new Promise<never>(() => {});
    }, 1),
  ]);
  assert(outcome !== undefined && !outcome.ok);
  assertEquals((outcome.error as { code?: string }).code, "DEADLINE_EXCEEDED");
  assert(signal?.aborted);
});

Deno.test("each part's calls get the part's own time-out", async () => {
  const parts = [30, 40].map((ms) => part((options) => Promise.resolve(options.timeoutMs), ms));
  const outcomes = await gather(parts);
  assertEquals(outcomes.map((outcome) => outcome.ok && outcome.value), [30, 40]);
});
