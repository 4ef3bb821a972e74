/** The simulation's short form: fixed seeds, and that a seed decides everything. */
import { assert, assertEquals } from "@std/assert";
import { fromFileUrl, join } from "@std/path";

const MAIN = fromFileUrl(new URL("../../simulation/main.ts", import.meta.url));
/** Runs leave much behind that is soon needed no more: as in the task `simulate`. */
const YOUNG = "--v8-flags=--min-semi-space-size=32,--max-semi-space-size=64";
const FIXED_SEEDS = 500;
/** Seeds that nobody has played before: the first one is printed, and can be given back. */
const FRESH_SEEDS = 200;
/** Seeds whose event logs are compared. */
const LOGGED_SEEDS = 10;

async function simulate(args: string[], env: Record<string, string> = {}): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", YOUNG, MAIN, ...args],
    env,
  }).output();
  const text = new TextDecoder().decode(stdout);
  console.log(text);
  assertEquals(code, 0, `${text}\n${new TextDecoder().decode(stderr)}`);
  return text;
}

Deno.test(`${FIXED_SEEDS} simulated meshes keep every promise, whatever happens to them`, async () => {
  const text = await simulate(["--seed=1", `--seeds=${FIXED_SEEDS}`]);
  assert(text.includes(`${FIXED_SEEDS} runs, 0 failed`), text);
  // A bound that nothing comes to is no net.
  const bounds = [
    ...["bytes for a slot", "calls of a slot", "calls", "handshakes", "link bytes"],
    "waiting calls",
  ];
  const reached = text.match(/bounds that were reached: (.*)/)![1]!.split(", ");
  assertEquals(reached.map((one) => one.replace(/ in \d+ runs/, "")), bounds);
});

Deno.test(`${FRESH_SEEDS} fresh ones keep them, too`, async () => {
  const first = Deno.env.get("MESH_TEST_SEED") ?? crypto.getRandomValues(new Uint32Array(1))[0];
  console.log(`MESH_TEST_SEED=${first}`);
  const text = await simulate([`--seed=${first}`, `--seeds=${FRESH_SEEDS}`]);
  assert(text.includes(`${FRESH_SEEDS} runs, 0 failed`), text);
});

Deno.test("a seed gives the same events byte for byte, in any process, place and order", async () => {
  const directory = await Deno.makeTempDir({ prefix: "mesh-simlog-" });
  try {
    const logOf = async (name: string, seeds: number[], env: Record<string, string>) => {
      const path = join(directory, name);
      await simulate([`--log=${path}`, ...seeds.map((seed) => `--seed=${seed}`)], env);
      const text = await Deno.readTextFile(path);
      return text.split(/^(?=seed )/m).sort();
    };
    const seeds = Array.from({ length: LOGGED_SEEDS }, (_, seed) => 7_000 + seed);
    const here = await logOf("here", seeds, { TZ: "UTC", LANG: "C" });
    const there = await logOf("there", seeds.toReversed(), {
      TZ: "Asia/Kathmandu",
      LANG: "tr_TR.UTF-8",
      DENO_V8_FLAGS: "--single-threaded",
    });
    assertEquals(here.length, LOGGED_SEEDS);
    assert(here.every((log) => log.split("\n").length > 100), "a log tells what happened");
    assertEquals(there, here);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("what cannot be done as it was asked for is refused, in one line", async () => {
  for (
    const [args, said] of [
      [["--sede=1"], "--sede=1 is not known"],
      [["--planted", "--fault=no such fault"], "no planted fault"],
      [["--log=/no/such/place", "--seed=1", "--calls=1"], "cannot write /no/such/place"],
    ] as const
  ) {
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", YOUNG, MAIN, ...args],
    }).output();
    const text = new TextDecoder().decode(stderr);
    assertEquals([code, text.includes(said)], [2, true], text);
  }
});
