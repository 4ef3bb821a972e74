import { fuzzOnce } from "./fuzz.ts";
import { TARGETS } from "./targets.ts";

const ROUNDS = 3_000;

for (const name of Object.keys(TARGETS)) {
  Deno.test(`bytes of strangers, a short fuzz: ${name}`, () => {
    const first = Number(
      Deno.env.get("MESH_TEST_SEED") ?? crypto.getRandomValues(new Uint32Array(1))[0],
    );
    console.log(`MESH_TEST_SEED=${first}`);
    for (let round = 0; round < ROUNDS; round++) fuzzOnce(name, (first + round) >>> 0);
  });
}
