/**
 * Every behaviour of calls, in every make of mesh: tests/support/cases has the behaviours.
 *
 * @module
 */
import { startMesh, type TestMeshOptions } from "../../testing.ts";
import type { CallCase } from "../support/call_case.ts";
import { aftermathCases } from "../support/cases/aftermath_cases.ts";
import { browserCases } from "../support/cases/browser_cases.ts";
import { loadCases } from "../support/cases/load_cases.ts";
import { onwardCases } from "../support/cases/onward_cases.ts";
import { optionCases } from "../support/cases/option_cases.ts";
import { outcomeCases } from "../support/cases/outcome_cases.ts";
import { payloadCases } from "../support/cases/payload_cases.ts";
import { streamCases } from "../support/cases/stream_cases.ts";
import { fixtureProject } from "../support/fixture_project.ts";
import { Witness } from "../support/witness.ts";

const cases: readonly CallCase[] = [
  ...payloadCases,
  ...streamCases,
  ...outcomeCases,
  ...optionCases,
  ...onwardCases,
  ...loadCases,
  ...browserCases,
  ...aftermathCases,
];

/** How long one behaviour may take, in ms: a guard against hanging. */
const CASE_MS = 60_000;

interface Make {
  /** Completes "calls …". */
  readonly name: string;
  readonly options: Omit<TestMeshOptions, "services">;
  /** The user's `deno.json`; absent: there is none. */
  readonly denoJson?: Record<string, unknown>;
}

const makes: readonly Make[] = [
  { name: "over a link to one process", options: {} },
  {
    name: "over a link to four processes, in a project with a deno.json",
    options: { processes: 4 },
    denoJson: { imports: { "unused": "./unused.ts" }, lock: false },
  },
  { name: "through slots of 2 KiB + 2 KiB", options: { spaceBytes: 2_048 } },
  { name: "to a process of the same server", options: { execServers: 0 } },
  { name: "with the epoll mark device", options: { env: { MESH_MARK_DEVICE: "epoll" } } },
];

for (const { name, options, denoJson } of makes) {
  Deno.test(`calls ${name}`, async (t) => {
    await using project = await fixtureProject(denoJson);
    // This program is attached, too.
    using _environment = environment(options.env ?? {});
    await using witness = new Witness();
    await using started = await startMesh({
      services: `${project.directory}/services`,
      site: `${project.directory}/site.ts`,
      // Calls that are not about time have plenty of it, however busy the machine is.
      config: { limits: { timeoutMs: CASE_MS } },
      ...options,
    });
    const { mesh, url, servers } = started;
    const bench = {
      ...{ mesh, url, servers, witness, log: () => started.log() },
      ...{ directory: project.directory, processes: options.processes ?? 1 },
    };
    for (const { name, run } of cases) {
      await t.step({
        name,
        fn: () => guarded(() => run(bench), () => started.log()),
        // Servers write to their pipes whenever they like; the test as a whole is checked.
        sanitizeOps: false,
        sanitizeResources: false,
      });
    }
  });
}

async function guarded(run: () => Promise<void>, log: () => string): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const guard = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it hangs; the log:\n${log()}`)), CASE_MS);
  });
  try {
    await Promise.race([run(), guard]);
  } finally {
    clearTimeout(timer);
  }
}

/** Sets variables of this process for a while. */
function environment(variables: Readonly<Record<string, string>>): Disposable {
  for (const [name, value] of Object.entries(variables)) Deno.env.set(name, value);
  return {
    [Symbol.dispose]() {
      for (const name of Object.keys(variables)) Deno.env.delete(name);
    },
  };
}
