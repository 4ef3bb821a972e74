/**
 * A dispatcher whose processes are the test.
 *
 * @module
 */
import { Dispatcher, type DispatcherOptions } from "../../routing/dispatch/dispatcher.ts";

interface Refusal {
  code: string;
  message: string;
}

/** A dispatcher on a clock of the test's own, and what became of the calls it was given. */
export function dispatcherBench(options: Partial<DispatcherOptions<number>> = {}) {
  const clock = { ms: 0 };
  const at = new Map<number, number>();
  const order: number[] = [];
  const refusals = new Map<number, Refusal>();
  const dispatcher = new Dispatcher<number>({
    now: () => clock.ms,
    deliver: (call, process) => {
      at.set(call, process.id);
      order.push(call);
    },
    refuse: (call, code, message) => refusals.set(call, { code, message }),
    ...options,
  });
  const add = (id: number, limit = Infinity, service = "quotes") =>
    dispatcher.addProcess({ id, services: new Map([[service, limit]]) });
  const admit = (call: number, deadlineMs = 5_000, keyHash?: number) =>
    dispatcher.admit(call, "quotes", clock.ms + deadlineMs, keyHash);
  const finish = (call: number) => dispatcher.released(at.get(call)!, "quotes", undefined, true);
  const report = () => {
    const load = { queueDepth: -1, latencyMs: -1 };
    dispatcher.report("quotes", load);
    return load;
  };
  const waiting = () => report().queueDepth;
  return { clock, at, order, refusals, dispatcher, add, admit, finish, report, waiting };
}
