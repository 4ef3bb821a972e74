import { assert, assertEquals } from "@std/assert";
import { EventLog } from "./event_log.ts";
import { invent } from "./invent.ts";
import type { Outcome } from "./run.ts";
import type { Scenario } from "./scenario.ts";
import { kindOf, shrink } from "./shrink.ts";

function outcomeOf(scenario: Scenario, faults: string[]): Outcome {
  return { scenario, faults, own: [], log: new EventLog(), events: 0, reached: [] };
}

Deno.test("a fault is the same one whatever numbers it names", () => {
  assertEquals(kindOf("call 7 began twice in web-1"), kindOf("call 12 began twice in web-2"));
  assert(kindOf("call 7 began twice") !== kindOf("call 7 never ended"));
});

Deno.test("calls, disturbances and servers without which a fault comes are left out", async () => {
  const scenario = invent(11);
  const [one, two] = [scenario.calls[50]!.call, scenario.calls[150]!.call];
  let runs = 0;
  const play = (tried: Scenario) => {
    runs++;
    const has = (number: number) => tried.calls.some(({ call }) => call === number);
    const faults = has(one) && has(two) ? [`calls meet after ${runs}`] : [];
    return Promise.resolve(outcomeOf(tried, faults));
  };
  const small = (await shrink(await play(scenario), play)).scenario;
  assertEquals(small.calls.map(({ call }) => call), [one, two]);
  assertEquals(small.faults, []);
  const needed = new Set(small.calls.map(({ server }) => server));
  const idle = small.servers.filter(({ name, exec }) => !needed.has(name) && exec === 0);
  assertEquals(idle, []);
  assert(small.servers.every(({ web, exec }) => web <= 1 && exec <= 1));
  assert(small.calls.every(({ inputBytes, waitMs }) => inputBytes === 1 && waitMs === 0));
});

Deno.test("another fault does not count, and shrinking has an end", async () => {
  const scenario = invent(12);
  let runs = 0;
  const play = (tried: Scenario) => {
    runs++;
    const smaller = JSON.stringify(tried).length < JSON.stringify(scenario).length;
    return Promise.resolve(outcomeOf(tried, [smaller ? "something else" : "what is looked for"]));
  };
  const small = await shrink(outcomeOf(scenario, ["what is looked for"]), play);
  assert(small.faults.includes("what is looked for"));
  assert(runs <= 600);
});
