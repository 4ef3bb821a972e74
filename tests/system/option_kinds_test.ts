/**
 * Options of wrong kinds: every function refuses them at once, in words, and does nothing else.
 *
 * @module
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import type { CallOptions } from "../../client/types.ts";
import { MeshError } from "../../errors.ts";
import { startMesh } from "../../testing.ts";
import { hostileValues, throwing } from "../support/hostile_options.ts";
import { userProject } from "../support/user_project.ts";

const COUNTING = `
let calls = 0;
export const hit = () => ++calls;
export const count = () => calls;
`;

/** What came of it: the error, or `undefined`. */
async function outcome(run: () => unknown): Promise<unknown> {
  try {
    await run();
    return undefined;
  } catch (error) {
    return error ?? "nothing was thrown, but thrown it was";
  }
}

/** It must be refused, naming the option and what is allowed. */
async function refused(what: string, run: () => unknown, says: RegExp): Promise<void> {
  const error = await outcome(run);
  assert(error instanceof MeshError, `${what}: ${error instanceof Error ? error.stack : error}`);
  assertEquals([error.code, error.started], ["INVALID_ARGUMENT", false], `${what}: ${error}`);
  assertMatch(error.message, says, what);
}

/** Those of the hostile values that are not among the ones that are right. */
const wrong = (...right: string[]) =>
  Object.entries(hostileValues()).filter(([name]) => !right.includes(name));

/** Options of a call, and the hostile values that are right for them. */
const OF_A_CALL: Record<string, string[]> = {
  key: ["a text", "no text", "a digit", "-1", "1.5", "1e300", "bigint"],
  timeoutMs: ["1.5", "Infinity"],
  signal: [],
  idempotent: ["true"],
  metadata: ["no prototype", "inspection throws", "map", "date"],
};

Deno.test("page() and broadcast() refuse what is of a wrong kind before a call is made", async () => {
  await using project = await userProject({ "services/t.js": COUNTING });
  await using running = await startMesh({ services: project.path("services"), execServers: 0 });
  const { mesh } = running;
  // deno-lint-ignore no-explicit-any -- what types forbid
  const page = (parts: any, options?: any) => mesh.page(parts, options);
  // deno-lint-ignore no-explicit-any -- what types forbid
  const part = (facts: any) => page({ good: { call: "t.hit" }, bad: { call: "t.hit", ...facts } });
  // deno-lint-ignore no-explicit-any -- what types forbid
  const broadcast = (target: any, options?: any) =>
    Array.fromAsync(mesh.broadcast(target, undefined, options));

  const objects = [
    "no prototype",
    "cyclic",
    "toString throws",
    "message throws",
    "inspection throws",
    "thenable that throws",
  ];
  for (const [name, value] of wrong(...objects)) {
    await refused(`parts: ${name}`, () => page(value), /^page: parts/);
    await refused(`a part: ${name}`, () => page({ bad: value }), /^page: part "bad"/);
  }
  for (const [name, value] of Object.entries(hostileValues())) {
    const isEmpty = objects.includes(name); // names that are none of ours are let be
    if (!isEmpty) await refused(`page options: ${name}`, () => page({}, value), /^page: /);
    await refused(
      `a part without a call: ${name}`,
      () => page({ bad: value }),
      /^page: part "bad"/,
    );
  }
  for (const [name, value] of wrong("a text", "no text", "a digit", "function", "class")) {
    await refused(`call: ${name}`, () => part({ call: value }), /^page: part "bad", call is/);
  }
  for (const option of ["timeoutMs", "hedgeAfterMs"]) {
    for (const [name, value] of wrong("1.5")) {
      const says = new RegExp(
        `^page: part "bad", ${option} is .*; it must be a number of ms`.replace(
          "ms",
          "milliseconds",
        ),
        "s",
      );
      await refused(`${option}: ${name}`, () => part({ [option]: value }), says);
    }
  }
  for (const [name, value] of wrong("1.5")) {
    await refused(`budgetMs: ${name}`, () => page({}, { budgetMs: value }), /^page: budgetMs is/);
  }
  for (const [name, value] of wrong("true")) {
    await refused(
      `required: ${name}`,
      () => part({ required: value }),
      /required is .* true or false/s,
    );
  }
  for (const [name, value] of wrong(...objects, "all traps throw")) {
    await refused(
      `options: ${name}`,
      () => part({ options: value }),
      /^page: part "bad", options is/,
    );
  }
  for (
    const option of [
      "call",
      "input",
      "options",
      "timeoutMs",
      "required",
      "hedgeAfterMs",
      "fallback",
    ]
  ) {
    const facts = throwing(option, { call: "t.hit" });
    await refused(`${option} throws`, () => page({ bad: facts }), /cannot be read: a trap/);
  }
  await refused("a list of parts", () => page([{ call: "t.hit" }]), /object of parts by name/);
  await refused("a Map of parts", () => page(new Map()), /object of parts by name/);

  for (const [name, value] of wrong("a text", "no text", "a digit")) {
    await refused(`target: ${name}`, () => broadcast(value), /^broadcast: target is/);
  }
  for (const [name, value] of wrong(...objects, "all traps throw")) {
    await refused(
      `broadcast options: ${name}`,
      () => broadcast("t.hit", value),
      /^broadcast: options/,
    );
  }
  for (const [name, value] of Object.entries(hostileValues())) {
    await refused(
      `servers: ${name}`,
      () => broadcast("t.hit", { servers: value }),
      /^broadcast: servers is/,
    );
    await refused(
      `signal: ${name}`,
      () => broadcast("t.hit", { signal: value }),
      /^broadcast: signal is/,
    );
  }
  for (const option of ["servers", "signal", "key", "timeoutMs"]) {
    await refused(`${option} throws`, () => broadcast("t.hit", throwing(option)), /cannot be read/);
  }
  for (const [option, right] of Object.entries(OF_A_CALL)) {
    for (const [name, value] of wrong(...right)) {
      await refused(`${option}: ${name}`, () => broadcast("t.hit", { [option]: value }), /./);
    }
  }
  assertEquals(await mesh.call("t.count"), 0, "a call was made all the same");

  // What is right is right.
  const good = await page({
    text: {
      call: "t.hit",
      timeoutMs: 1.5e4,
      required: false,
      fallback: undefined,
      more: "its owner's",
    },
    made: { call: (own: typeof mesh) => own.call("t.hit"), hedgeAfterMs: 0 },
    given: { call: Promise.resolve(5) },
    odd: { call: () => null, hedgeAfterMs: 5 },
    __proto__: null,
  }, { budgetMs: 20_000 });
  assertEquals(Object.entries(good).map(([name, { status }]) => [name, status]), [
    ["text", "value"],
    ["made", "value"],
    ["given", "value"],
    ["odd", "value"],
  ]);
  assertEquals((await broadcast("t.hit", { servers: 1, signal: undefined })).length, 1);
  await refused("a long target", () => broadcast(`t.${"x".repeat(10_000_000)}`), /./);
});

Deno.test("wrong options of a part's call end that part alone", async () => {
  await using project = await userProject({ "services/t.js": COUNTING });
  await using running = await startMesh({ services: project.path("services"), execServers: 0 });
  for (const [option, right] of Object.entries(OF_A_CALL)) {
    for (const [name, value] of wrong(...right)) {
      const { bad, good } = await running.mesh.page({
        bad: { call: "t.hit", options: { [option]: value } as CallOptions },
        good: { call: "t.hit" },
      }, { budgetMs: 20_000 });
      assertEquals([bad.status, good.status], ["error", "value"], `${option}: ${name}`);
      assertEquals([bad.error?.code, bad.error?.started], ["INVALID_ARGUMENT", false], name);
    }
  }
});

Deno.test("a part's function that throws or gives anything fails or passes alone", async () => {
  await using project = await userProject({ "services/t.js": COUNTING });
  await using running = await startMesh({ services: project.path("services"), execServers: 0 });
  for (const [name, value] of Object.entries(hostileValues())) {
    const result = await running.mesh.page({
      thrown: {
        call: (): Promise<unknown> => {
          throw value;
        },
      },
      fallback: {
        call: () => Promise.reject(value),
        fallback: () => {
          throw value;
        },
      },
      good: { call: "t.hit" },
    }, { budgetMs: 20_000 });
    const { thrown, fallback, good } = result;
    assertEquals([thrown.status, fallback.status, good.status], ["error", "error", "value"], name);
    assertEquals([thrown.error?.code, fallback.error?.code], ["INTERNAL", "INTERNAL"], name);
  }
});

Deno.test("startMesh() refuses what is of a wrong kind before it starts or makes anything", async () => {
  // deno-lint-ignore no-explicit-any -- what types forbid
  const start = (options?: any) => startMesh(options);
  const services = "services";
  await refused("nothing", () => start(), /^startMesh: services is undefined; it must be a path/);
  for (const [name, value] of Object.entries(hostileValues())) {
    await refused(`options: ${name}`, () => start(value), /^startMesh: /);
  }
  const rights: Record<string, string[]> = {
    services: ["a text", "a digit"],
    site: ["a text", "a digit"],
    processes: [],
    webProcesses: [],
    execServers: [],
    slots: [],
    spaceBytes: [],
    startMs: ["1.5"],
    config: [
      "no prototype",
      "toString throws",
      "message throws",
      "inspection throws",
      "thenable that throws",
    ],
    env: [
      "no prototype",
      "inspection throws",
    ],
  };
  for (const [option, right] of Object.entries(rights)) {
    for (const [name, value] of wrong(...right)) {
      const says = new RegExp(`^startMesh: ${option} `);
      await refused(`${option}: ${name}`, () => start({ services, [option]: value }), says);
    }
    await refused(option, () => start(throwing(option, { services })), /cannot be read: a trap/);
  }
  const more: Record<string, unknown>[] = [
    { services: [] },
    { services: ["a", ""] },
    { services: ["a", 5] },
    { services: "a\0b" },
    { services: new URL("https://example.org/x.ts") },
    { services: "file://host/x" },
    { spaceBytes: 3000 },
    { spaceBytes: 1024 },
    { slots: 0 },
    { processes: 0 },
    { execServers: 1000 },
    { startMs: 0 },
    { env: { A: 5 } },
    { env: { A: undefined } },
    { env: { "A=B": "" } },
    { env: { A: "\0" } },
    { service: "typing error" },
  ];
  for (const options of more) {
    await refused(JSON.stringify(options), () => start({ services, ...options }), /^startMesh: /);
  }
});
