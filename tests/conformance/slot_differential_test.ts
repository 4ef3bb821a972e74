/**
 * The same random steps on a real slot and on a simulated one: after each of them, what it gave, what everybody sees
 * and every byte of the memory must be the same.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { honestStep, Player, type Scatter, type Step, step } from "./slot_steps.ts";
import { type SlotStand, STANDS } from "./slot_stand.ts";
import { makeFrame } from "./slot_fixture.ts";

const RUNS = 300;
const STEPS_MAX = 60;
const WRAP_STEPS = 200;
const WRAP_SPACE_BYTES = 262_144;

/** Steps taken on both. */
async function compare(players: readonly [Player, Player], steps: readonly Step[]): Promise<void> {
  const [real, simulated] = players;
  for (const [number, step] of steps.entries()) {
    const told = `step ${number}, ${JSON.stringify(step)}`;
    const [a, b] = [await real.take(step), await simulated.take(step)];
    assertEquals(b, a, `${told}: what it gives`);
    assertEquals(simulated.look(), real.look(), `${told}: what everybody sees then`);
    const difference = firstDifference(real.stand, simulated.stand);
    assertEquals(difference, undefined, `${told}: the memory then`);
  }
}

function firstDifference(real: SlotStand, simulated: SlotStand): unknown {
  const [a, b] = [real, simulated].map((stand) => new Uint32Array(stand.memory().buffer));
  for (let at = 0; at < a!.length; at++) {
    if (a![at] !== b![at]) return { at: 4 * at, real: a![at], simulated: b![at] };
  }
}

async function onBoth(
  spaceBytes: number,
  test: (players: readonly [Player, Player]) => Promise<void>,
): Promise<void> {
  await using real = STANDS.real(spaceBytes);
  await using simulated = STANDS.simulated(spaceBytes);
  const players = [new Player(real), new Player(simulated)] as const;
  for (const player of players) await player.begin();
  await test(players);
}

/** Fills and empties the input space until its positions are less than two spaces below 2^32. */
function approachWrap({ stand, ends }: Player): void {
  const process = ends.get("process")!;
  const frames = new Uint8Array(WRAP_SPACE_BYTES);
  const frame = makeFrame(1, process.maxFrameBytes);
  for (let at = 0; at < frames.length; at += frame.length) frames.set(frame, at);
  const into = new Uint8Array(WRAP_SPACE_BYTES);
  for (let round = 0; round < 2 ** 32 / WRAP_SPACE_BYTES - 1; round++) {
    process.write(frames, 0, frames.length);
    stand.proxy.read(into);
  }
  assertEquals(process.published(), 2 ** 32 - WRAP_SPACE_BYTES);
}

const sequence = (one: fc.Arbitrary<Step>) =>
  fc.array(one, { minLength: 1, maxLength: STEPS_MAX, size: "max" });

Deno.test("a simulated slot gives, shows and holds what a real one does, whatever is done to it", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(2_048, 2_048, 2_048, 4_096, 65_536),
      fc.oneof(sequence(step), sequence(honestStep)),
      (spaceBytes, steps) => onBoth(spaceBytes, (players) => compare(players, steps)),
    ),
    { numRuns: RUNS },
  );
});

const FULL: Scatter = {
  type: "write",
  who: "process",
  frames: Array(4).fill({ length: "max", kind: 1, flags: 0, reserved: 0, stream: 7 }),
  skip: 0,
  cut: 0,
};
const EMPTY: Step = { type: "read", who: "proxy", room: 200 };

for (const aligned of [true, false]) {
  const how = aligned ? "with a frame that ends there" : "with a skip marker";
  Deno.test(`they agree where positions begin again at 0, ${how}`, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(honestStep, { minLength: WRAP_STEPS, maxLength: WRAP_STEPS }),
        (steps) =>
          onBoth(WRAP_SPACE_BYTES, async (players) => {
            for (const player of players) approachWrap(player);
            const small: Step = { ...FULL, frames: [{ ...FULL.frames[0]!, length: 16 }] };
            await compare(players, aligned ? [FULL, EMPTY] : [small, FULL, EMPTY, FULL, EMPTY]);
            assert(players[0].ends.get("process")!.published() < WRAP_SPACE_BYTES);
            await compare(players, steps);
          }),
      ),
      { numRuns: 1, endOnFailure: true },
    );
  });
}
