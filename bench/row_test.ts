import { assertEquals } from "@std/assert";
import { slowerThan, sumUp } from "./row.ts";
import type { Sample } from "./samples.ts";
import { WORKLOADS } from "./workloads.ts";

const [workload] = WORKLOADS;
const peer = (name: string) => ({
  name,
  url: "",
  processes: [{ role: "a", pid: 1 }, { role: "b", pid: 2 }],
});
const sample = (rate: number, cpuUs: number[]): Sample => ({
  calls: 1,
  perSecond: rate,
  rate,
  p50Us: 10,
  p99Us: 20,
  cpuUs,
});

Deno.test("a row has the medians of each peer, and mesh compared with each within its round", () => {
  const { peers, meshTo } = sumUp(workload!, [peer("mesh"), peer("floor")], [
    [sample(100, [1, 2]), sample(300, [1, 4]), sample(200, [1, 3])],
    [sample(50, [2, 2]), sample(100, [2, 2]), sample(200, [2, 2])],
  ]);
  assertEquals(peers.mesh, {
    rate: 200,
    p50Us: 10,
    p99Us: 20,
    cpuUsPerCall: 4,
    cpuUsPerCallOf: { a: 1, b: 3 },
  });
  assertEquals(Object.keys(meshTo), ["floor"]);
  assertEquals([meshTo.floor?.rate.median, meshTo.floor?.cpu?.median], [2, 1]);
});

Deno.test("what used no measurable CPU is not compared by it", () => {
  const { meshTo } = sumUp(workload!, [peer("mesh"), peer("floor")], [
    [sample(100, [0, 0]), sample(100, [0, 0])],
    [sample(50, [0, 0]), sample(50, [1, 0])],
  ]);
  assertEquals(meshTo.floor?.cpu, undefined);
});

Deno.test("mesh is slower where the whole interval of the ratio lies below 1", () => {
  const rowOf = (name: string, rates: readonly number[]) =>
    sumUp({ ...workload!, name }, [peer("mesh"), peer("other")], [
      rates.map((rate) => sample(rate, [1, 1])),
      rates.map(() => sample(100, [1, 1])),
    ]);
  const rows = [
    rowOf("slower", [97, 98, 99]),
    rowOf("as fast", [80, 90, 101]),
    rowOf("faster", [101, 102, 103]),
    { name: "front", what: "HTTP", skipped: "wrk is missing" },
  ];
  assertEquals(slowerThan("other", rows), ["slower"]);
  assertEquals(slowerThan("nats", rows), []);
});
