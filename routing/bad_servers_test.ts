import { assert } from "@std/assert";
import {
  type ServerModel,
  share,
  simulate,
  typicalLatency,
} from "../tests/support/routed_servers.ts";
import { group, servers } from "../tests/support/servers.ts";

const DURATION_MS = 120_000;

/** One of eleven takes 2 s in the second half of the run. */
const oneGetsSlow: ServerModel = (name, now, _inFlight, random) => ({
  latencyMs: name === "exec-4" && now > DURATION_MS / 2 ? 2_000 : typicalLatency(10, random),
  outcome: "ok",
});

const elevenServers = {
  servers: servers(11),
  model: oneGetsSlow,
  callsPerSecond: 300,
  durationMs: DURATION_MS,
};

for (const seed of [1, 2, 3]) {
  for (const proxies of [1, 2]) {
    Deno.test(`least-loaded: one of eleven servers at 2 s for half the run, ${proxies} proxies: 99.9 % of calls under 1 s (seed ${seed})`, () => {
      const calls = simulate({
        ...elevenServers,
        group: group({ balance: "least-loaded" }),
        proxies,
        seed,
      });
      const quick = share(calls, ({ latencyMs }) => latencyMs < 1_000);
      assert(quick >= 0.999, `${quick}`);
    });
  }

  Deno.test(`round-robin: one of eleven servers at 2 s for half the run: about 95 % under 1 s (seed ${seed})`, () => {
    const calls = simulate({ ...elevenServers, group: group(), proxies: 2, seed });
    const quick = share(calls, ({ latencyMs }) => latencyMs < 1_000);
    assert(quick > 0.94 && quick < 0.965, `${quick}`);
  });

  Deno.test(`least-loaded: a server that was slow is used again within two minutes (seed ${seed})`, () => {
    const calls = simulate({
      ...elevenServers,
      model: (name, now, _inFlight, random) => ({
        latencyMs: name === "exec-4" && now < 10_000 ? 2_000 : typicalLatency(10, random),
        outcome: "ok",
      }),
      durationMs: 150_000,
      group: group({ balance: "least-loaded" }),
      proxies: 2,
      seed,
    });
    const late = calls.filter(({ startMs }) => startMs > 120_000);
    const used = share(late, ({ server }) => server === "exec-4");
    assert(used > 0.04, `${used}`);
  });

  Deno.test(`least-loaded: a server that fails at once draws under 1 % of the calls (seed ${seed})`, () => {
    const calls = simulate({
      group: group({ balance: "least-loaded" }),
      servers: servers(5),
      model: (name, _now, _inFlight, random) =>
        name === "exec-2"
          ? { latencyMs: 0.2, outcome: "INTERNAL" }
          : { latencyMs: typicalLatency(20, random), outcome: "ok" },
      proxies: 2,
      callsPerSecond: 400,
      durationMs: 60_000,
      seed,
    });
    const failed = share(calls, ({ outcome }) => outcome === "INTERNAL");
    assert(failed < 0.01, `${failed}`);
  });

  Deno.test(`least-loaded: a server half as fast gets about half as many calls under load (seed ${seed})`, () => {
    const calls = simulate({
      group: group({ balance: "least-loaded" }),
      servers: servers(4),
      model: (name, _now, inFlight, random) => ({
        // Four processors each: beyond four calls they share.
        latencyMs: typicalLatency(name === "exec-1" ? 20 : 10, random) * Math.max(1, inFlight / 4),
        outcome: "ok",
      }),
      proxies: 2,
      callsPerSecond: 1_000,
      durationMs: 20_000,
      seed,
    });
    const slow = share(calls, ({ server }) => server === "exec-1");
    assert(slow > 0.05 && slow < 0.2, `${slow}`);
  });

  Deno.test(`routed: with keys of very different weight no server exceeds the load bound by much (seed ${seed})`, () => {
    const calls = simulate({
      group: group({ mode: "routed" }),
      servers: servers(5),
      model: (_name, _now, _inFlight, random) => ({
        latencyMs: typicalLatency(100, random),
        outcome: "ok",
      }),
      proxies: 1,
      callsPerSecond: 2_000,
      durationMs: 20_000,
      seed,
      key: (random) => random() < 0.5 ? "hot" : `user-${Math.floor(random() * 5_000)}`,
    });
    for (const name of servers(5).map(({ name }) => name)) {
      const part = share(calls, ({ server }) => server === name);
      assert(part < 0.26, `${name}: ${part}`);
    }
  });
}
