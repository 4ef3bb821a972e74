import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { figuresTable, withFigures } from "./figures.ts";

const file = (path: string) =>
  Deno.readTextFileSync(fromFileUrl(new URL(`../${path}`, import.meta.url)));

const readme = file("README.md");
const path = /\]\((bench\/results\/[^)]+\.json)\)/.exec(readme)?.[1] ?? "";

/** Without what `deno fmt` lays out. */
const plain = (text: string) => text.replaceAll(/-{3,}/g, "---").replaceAll(/\s+/g, " ");

Deno.test("the README's figures are those of the result file that it names", () => {
  const result = JSON.parse(file(path));
  assert(typeof result.host.cpu === "string", "the result file names its machine");
  const made = withFigures(readme, path, result);
  assertEquals(plain(made), plain(readme), "`deno task figures` writes them");
});

Deno.test("memory after ten million calls is what the README promises", () => {
  const promise =
    /After ten million calls a worker has less than (\d+) MiB and a proxy less than (\d+) MiB/;
  const [, worker, proxy] = promise.exec(plain(readme)) ?? [];
  const { afterMillionCalls, memoryMiB } = JSON.parse(file(path));
  assertEquals(afterMillionCalls, 10);
  for (const [process, used] of Object.entries<number>(memoryMiB)) {
    assert(
      used < Number(process.endsWith("worker") ? worker : proxy),
      `${process} has ${used} MiB`,
    );
  }
});

Deno.test("the table has the floor and the ratios as soon as a result has them", () => {
  const ratio = { median: 0.856, from: 0.8, to: 0.9, confidence: 0.979, pairs: 10 };
  const figures = { rate: 464.4, p50Us: 12_345, p99Us: 1, cpuUsPerCall: 8.62, cpuUsPerCallOf: {} };
  const row = {
    name: "replies-4KiB",
    what: "replies of 4 KiB",
    unit: "MB/s" as const,
    peers: { mesh: figures, floor: figures },
    meshTo: { floor: { rate: ratio } },
  };
  const skipped = { name: "front", what: "HTTP", skipped: "wrk is missing" };
  assertEquals(figuresTable({ rows: [row, skipped] }).split("\n"), [
    "|  | mesh | median | CPU | two relays | CPU | mesh ÷ two relays |",
    "| --- | --- | --- | --- | --- | --- | --- |",
    "| replies of 4 KiB | 464 MB/s | 12.3 ms | 8.6 µs | 464 MB/s | 8.6 µs | 0.86 (0.80–0.90) |",
  ]);
});
