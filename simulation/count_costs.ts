/**
 * What a plain call across two servers costs, in counts: the real heart on stand-ins, on virtual time, without chance.
 *
 * `deno run -A simulation/count_costs.ts 64` prints the counts per call with 64 calls in flight, as JSON.
 *
 * @module
 */
import { withoutReality } from "./reality.ts";
import { readServiceModule } from "../executor/service_module.ts";
import { PROXY_BOUNDS } from "../proxy/proxy_bounds.ts";
import { FrameReader } from "./auditor/frame_reader.ts";
import { BulkCopies } from "./bulk_copies.ts";
import { Dice } from "./dice.ts";
import { SimNetwork } from "./network.ts";
import type { SimProcess } from "./process.ts";
import type { Scenario } from "./scenario.ts";
import { SimServer } from "./server.ts";
import type { Surroundings } from "./surroundings.ts";
import { World } from "./world.ts";

/** Counts of all processes together, per call. */
export interface Costs {
  /** Calls into the native library: each is an FFI call in a real process. */
  readonly nativeCalls: number;
  /** Signals of marks: each is a write to an eventfd. */
  readonly signals: number;
  /** Writes to the link, of both servers. */
  readonly linkWrites: number;
  /** Frames in slots and on the link. */
  readonly frames: number;
  /** Bytes copied in bulk: by the heart, by the native library, and by the kernels of the link. */
  readonly copiedBytes: number;
}

const INPUT_BYTES = 256;
const REPLY_BYTES = 1_024;
/** Calls made before it is counted, and counted. */
const WARM = 128;
const COUNTED = 320;
/** Long after links and workers are there, and between two heartbeats, in ms. */
const BEGIN_MS = 1_300;
const STEP_MS = 10;
/** Frames from this kind on belong to the link itself. */
const CONTROL_KIND_MIN = 16;

const SCENARIO: Scenario = {
  seed: 1,
  servers: [
    { name: "web", web: 1, exec: 0, spaceBytes: 262_144, clockMs: 0, dials: ["exec"] },
    { name: "exec", web: 0, exec: 1, spaceBytes: 262_144, clockMs: 0, dials: [] },
  ],
  calls: [],
  faults: [],
  network: { minMs: 0.05, maxMs: 0.05, pieceMaxBytes: 65_536, windowBytes: 4_194_304 },
  secret: undefined,
  bounds: PROXY_BOUNDS,
  narrow: 1,
  owners: {},
  peaceMs: 0,
  endMs: 0,
};

/**
 * Counts what a call costs: 256 bytes of input, a reply of 1 KiB.
 *
 * @param inFlight Calls in flight, each followed by the next.
 * @returns The counts per call.
 * @throws When a call fails, or when anything but calls happens meanwhile.
 */
export async function countCosts(inFlight: number): Promise<Costs> {
  const { world, servers, totals } = start();
  const failed = Promise.withResolvers<never>();
  using _ = withoutReality((fault) => failed.reject(new Error(fault)));
  using copies = new BulkCopies();
  const count = (): Costs => ({ ...totals(), copiedBytes: copies.bytes });
  const run = async (): Promise<Costs> => {
    await world.run(BEGIN_MS);
    const [caller] = servers.flatMap(({ web }) => web);
    if (caller?.mesh === undefined) throw new Error("no web process is there");
    const { mesh, process } = caller;
    let ended = 0;
    let before: Costs | undefined;
    let after: Costs | undefined;
    const loop = async () => {
      while (ended < WARM + COUNTED) {
        const reply = await mesh.call<Uint8Array>("plain.bytes", new Uint8Array(INPUT_BYTES));
        if (reply.length !== REPLY_BYTES) throw new Error(`a reply has ${reply.length} bytes`);
        ended++;
        if (ended === WARM) before = count();
        if (ended === WARM + COUNTED) after = count();
      }
    };
    process.soon(0, () => {
      for (let i = 0; i < inFlight; i++) void loop().catch(failed.reject);
    });
    while (after === undefined) await world.run(world.nowMs + STEP_MS);
    return perCall(before, after);
  };
  return await Promise.race([run(), failed.promise]);
}

/** Two servers, and what has been counted of them. */
function start() {
  const world = new World();
  const dice = new Dice(SCENARIO.seed, "costs");
  const { network: settings } = SCENARIO;
  const network = new SimNetwork(dice.for("network"), { ...settings, dice: dice.for("pipes") });
  const readers = new Map<SimProcess, FrameReader>();
  let linkFrames = 0;
  const fell = (text: string) => {
    throw new Error(text);
  };
  network.onBytes = (from, _to, _wire, bytes) => {
    let reader = readers.get(from);
    if (reader === undefined) readers.set(from, reader = new FrameReader());
    reader.push(bytes, ({ kind }) => {
      linkFrames++;
      if (kind >= CONTROL_KIND_MIN && world.nowMs > BEGIN_MS) fell(`frame of kind ${kind}`);
    }, fell);
  };
  const reply = new Uint8Array(REPLY_BYTES);
  const around: Surroundings = {
    world,
    network,
    dice: dice.for("servers"),
    scenario: SCENARIO,
    see: () => {},
    services: () => [readServiceModule("plain.ts", { bytes: () => reply })],
    ownerOf: () => undefined,
    planOf: () => undefined,
  };
  const servers = SCENARIO.servers.map((plan) => new SimServer(plan, around));
  const totals = () => {
    const costs = servers.flatMap(({ segment }) => [segment.costs.proxy, segment.costs.process]);
    return {
      nativeCalls: sum(costs.map(({ nativeCalls }) => nativeCalls)),
      signals: sum(costs.map(({ signals }) => signals)),
      linkWrites: sum(network.wires.flatMap(({ pipes }) => pipes.map(({ writes }) => writes))),
      frames: linkFrames + sum(costs.map(({ frames }) => frames)),
    };
  };
  return { world, servers, totals };
}

function perCall(before: Costs | undefined, after: Costs): Costs {
  if (before === undefined) throw new Error("nothing was counted before");
  const of = (name: keyof Costs) => (after[name] - before[name]) / COUNTED;
  return {
    nativeCalls: of("nativeCalls"),
    signals: of("signals"),
    linkWrites: of("linkWrites"),
    frames: of("frames"),
    copiedBytes: of("copiedBytes"),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

if (import.meta.main) {
  const costs = await countCosts(Number(Deno.args[0]));
  console.log(JSON.stringify(costs));
  Deno.exit(0);
}
