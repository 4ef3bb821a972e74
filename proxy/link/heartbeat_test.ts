import { assertEquals } from "@std/assert";
import { realOutside } from "../../outside/real_outside.ts";
import { LinkHeartbeat } from "./heartbeat.ts";
import { LINK_TIMINGS } from "./timings.ts";

/** A heartbeat whose timer is told when it is time. */
function bench() {
  const times = { nowMs: 100_000, beat: () => {} };
  const outside = Object.create(realOutside, {
    now: { value: () => times.nowMs },
    machineOffsetMs: { value: 0 },
    every: { value: (_: number, beat: () => void) => times.beat = beat },
    cancel: { value: () => {} },
  });
  const said: string[] = [];
  const heartbeat = new LinkHeartbeat(LINK_TIMINGS, {
    ping: (clockUs) => said.push(`ping at ${clockUs / 1_000}`),
    dead: (silentMs) => said.push(`dead after ${silentMs}`),
  }, outside);
  heartbeat.start();
  return { times, said, heartbeat };
}

Deno.test("the first answers are followed by a PING each, so that clocks are known soon", () => {
  const { heartbeat, said, times } = bench();
  for (let i = 1; i <= 10; i++) {
    times.nowMs += 1;
    heartbeat.pong((times.nowMs - 1) * 1_000);
  }
  assertEquals(said, ["ping at 100000", ...[1, 2, 3, 4].map((i) => `ping at ${100_000 + i}`)]);
  assertEquals(heartbeat.rttMs, 1);
});

Deno.test("a PONG with a clock that was never sent says nothing", () => {
  const { heartbeat, said } = bench();
  heartbeat.pong(200_000_000);
  heartbeat.pong(30_000_000);
  assertEquals([heartbeat.rttMs, said], [undefined, ["ping at 100000"]]);
});

Deno.test("a PING leaves every second beat; silence ends the link, unless this process itself stood still", () => {
  const { times, said } = bench();
  const half = LINK_TIMINGS.heartbeatMs / 2;
  const passes = (ms: number) => {
    times.nowMs += ms;
    times.beat();
  };
  for (let i = 0; i < 4; i++) passes(half);
  assertEquals(said, [0, 1, 2].map((i) => `ping at ${100_000 + i * LINK_TIMINGS.heartbeatMs}`));
  said.length = 0;
  passes(10 * LINK_TIMINGS.heartbeatTimeoutMs);
  assertEquals(said, [], "what the peer sent meanwhile is unread");
  for (let ms = 0; ms <= LINK_TIMINGS.heartbeatTimeoutMs; ms += half) passes(half);
  assertEquals(said.at(-1), `dead after ${LINK_TIMINGS.heartbeatTimeoutMs + half}`);
});
