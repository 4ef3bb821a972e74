import { assert } from "@std/assert";
import { fromFileUrl } from "@std/path";

const file = (path: string) =>
  Deno.readTextFileSync(fromFileUrl(new URL(`../${path}`, import.meta.url)));

Deno.test("the README's figures are those of the result file that it names", () => {
  const readme = file("README.md");
  const path = /\]\((bench\/results\/[^)]+\.json)\)/.exec(readme)?.[1];
  assert(path !== undefined, "the README names no result file");
  const { mesh, nats, host, memoryMiB } = JSON.parse(file(path));
  assert(typeof host.cpu === "string", "the result file names its machine");
  for (const inFlight of [1, 64, 256]) {
    const ours = mesh.find((loop: { payload: string; inFlight: number }) =>
      loop.payload === "bytes" && loop.inFlight === inFlight
    );
    const theirs = nats.find((loop: { inFlight: number }) => loop.inFlight === inFlight);
    const figures = [ours, theirs].flatMap(({ perSecond, p50Us, cpuUsPerCall }) => [
      perSecond.toLocaleString("en"),
      `${p50Us.toLocaleString("en")} µs`,
      `${cpuUsPerCall.toFixed(1)} µs`,
    ]);
    const row = readme.split("\n").find((line) => new RegExp(`^\\| ${inFlight} `).test(line)) ?? "";
    for (const figure of figures) assert(row.includes(figure), `${figure} is not in: ${row}`);
  }
  const [, worker, proxy] = /worker has less than (\d+) MiB and a proxy less than (\d+) MiB/.exec(
    readme.replaceAll(/\s+/g, " "),
  )!;
  const { afterMillionCalls, ...processes } = memoryMiB;
  assert(afterMillionCalls === 10 && readme.includes("After ten million calls"));
  for (const [process, used] of Object.entries<number>(processes)) {
    assert(
      used < Number(process.endsWith("worker") ? worker : proxy),
      `${process} has ${used} MiB`,
    );
  }
});
