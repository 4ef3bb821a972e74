import { assertEquals, assertNotEquals } from "@std/assert";
import { join } from "@std/path";
import { FAULTS } from "./faults.ts";
import { sourceOf, spoilt } from "./plant.ts";

const FAULTS_MIN = 40;
const HISTORY_MIN = 10;

Deno.test("each planted fault finds its place once, and changes it", () => {
  for (const fault of FAULTS) {
    const source = sourceOf(fault.file);
    assertNotEquals(spoilt(source, fault), source, fault.name);
  }
});

Deno.test("planted faults have names of their own, there are enough of them, and of those that were real", () => {
  assertEquals(new Set(FAULTS.map(({ name }) => name)).size, FAULTS.length);
  assertEquals(FAULTS.length >= FAULTS_MIN, true, `${FAULTS.length} of ${FAULTS_MIN}`);
  const real = FAULTS.filter(({ history }) => history !== undefined).length;
  assertEquals(real >= HISTORY_MIN, true, `${real} of ${HISTORY_MIN}`);
});

Deno.test("planted faults are in the core, and none is in what judges it", () => {
  const core = /^(client|endpoint|executor|markdev|proxy|routing|wire)\/[\w/]+\.ts$/;
  assertEquals(FAULTS.filter(({ file }) => !core.test(file) || /_test\.ts$/.test(file)), []);
});

Deno.test("a source with a planted fault is still TypeScript", async () => {
  const directory = await Deno.makeTempDir({ prefix: "mesh-sim-" });
  try {
    FAULTS.forEach((fault, index) => {
      const path = join(directory, `fault_${index}.ts`);
      Deno.writeTextFileSync(path, spoilt(sourceOf(fault.file), fault));
    });
    // It formats what it can parse, and fails at anything else.
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["fmt", "--no-config", "--quiet", directory],
    }).output();
    assertEquals(code, 0, new TextDecoder().decode(stderr));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
