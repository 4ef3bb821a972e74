/** Whatever user code throws, returns, yields, logs or passes on costs its own call at most. */
import { assert, assertEquals } from "@std/assert";
import { project } from "../support/spawned_mesh.ts";
import { MeshError } from "../../errors.ts";
import { startMesh } from "../../testing.ts";
import { HOSTILE } from "../support/hostile_values.ts";

const VALUES = new URL("../support/hostile_values.ts", import.meta.url).href;

const WAYS = {
  throws: `(value) => { throw value(); }`,
  rejects: `async (value) => { await 0; throw value(); }`,
  rejectsAtOnce: `(value) => Promise.reject(value())`,
  returns: `(value) => value()`,
  returnsLater: `async (value) => { await 0; return { value: value() }; }`,
  resolves: `(value) => ({ then: (resolve) => resolve(value()) })`,
  returnsInside: `(value) => ({ list: [1, { deep: value() }], map: new Map([["k", value()]]) })`,
  yields: `function* (value) { yield 1; yield value(); yield 2; }`,
  yieldsLater: `async function* (value) { yield 1; yield { value: value() }; yield 2; }`,
  throwsAfterItems: `async function* (value) { yield 1; throw value(); }`,
  throwsWhileClosing:
    `async function* (value) { try { yield Symbol("bad"); } finally { throw value(); } }`,
  logs: `(value, ctx) => {
    for (const level of ["debug", "info", "warn", "error"]) {
      ctx.log[level](value(), value());
      ctx.log[level]("a message", { field: value(), [Symbol("s")]: 1 });
      ctx.log[level]("a message", value());
    }
    console.log(value()); console.error("%s %d %o", value(), value(), value()); console.table(value());
    return "logged";
  }`,
  passesInput: `(value, ctx) => ctx.mesh.call("hostile.echo", value())`,
  passesTarget: `(value, ctx) => ctx.mesh.call(value(), 1)`,
  passesOptions: `(value, ctx) => ctx.mesh.call("hostile.echo", 1, value())`,
  passesKey: `(value, ctx) => ctx.mesh.call("hostile.echo", 1, { key: value() })`,
  passesTimeout: `(value, ctx) => ctx.mesh.call("hostile.echo", 1, { timeoutMs: value() })`,
  passesSignal: `(value, ctx) => ctx.mesh.call("hostile.echo", 1, { signal: value() })`,
  passesMetadata: `(value, ctx) => ctx.mesh.call("hostile.echo", 1, { metadata: value() })`,
  passesMetadataValue:
    `(value, ctx) => ctx.mesh.call("hostile.echo", 1, { metadata: { a: value() } })`,
  abortsWith: `async (value, ctx) => {
    const controller = new AbortController();
    const call = ctx.mesh.call("hostile.hold", 1, { signal: controller.signal });
    controller.abort(value());
    return await call;
  }`,
  pagePart: `(value, ctx) => ctx.mesh.page({ a: { call: () => { throw value(); }, fallback: 1 } })`,
  pageFallback:
    `(value, ctx) => ctx.mesh.page({ a: { call: "no.such", fallback: () => { throw value(); } } })`,
  pageFallbackGives:
    `(value, ctx) => ctx.mesh.page({ a: { call: "no.such", fallback: () => value() } })`,
  pageFallbackLater: `(value, ctx) =>
    ctx.mesh.page({ a: { call: "no.such", fallback: async () => { await 0; throw value(); } } })`,
  pageOption:
    `(value, ctx) => ctx.mesh.page({ a: { call: "hostile.echo", timeoutMs: value() } }, value())`,
  meshErrorWith:
    `(value) => { throw new MeshError("NOT_FOUND", value(), { metadata: { a: value() } }); }`,
};

const SERVICE = `
import { HOSTILE } from "${VALUES}";
import { MeshError } from "mesh";
const ways = { ${Object.entries(WAYS).map(([name, code]) => `${name}: ${code}`).join(",\n")} };
export const run = ({ way, kind }, ctx) => ways[way](HOSTILE[kind], ctx);
export const pid = () => Deno.pid;
export const echo = (input) => input;
export const hold = (_, ctx) => new Promise((_, reject) => ctx.signal.onabort = () => reject(1));
export const service = { name: "hostile" };
`;

const SITE = `
import { HOSTILE } from "${VALUES}";
export default {
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url);
    const kind = searchParams.get("kind");
    switch (pathname) {
      case "/pid": return new Response(String(Deno.pid));
      case "/throws": throw HOSTILE[kind]();
      case "/returns": return HOSTILE[kind]();
      case "/body": return new Response(HOSTILE[kind]());
      case "/headers": return new Response("x", { headers: HOSTILE[kind]() });
      case "/status": return { status: HOSTILE[kind](), __proto__: Response.prototype };
      case "/call": return new Response(JSON.stringify(await env.mesh.call("hostile.echo", HOSTILE[kind]())));
      case "/logs": console.error(HOSTILE[kind](), "%s", HOSTILE[kind]()); return new Response("logged");
    }
  },
};`;

/** What a call or a stream came to: its error, or its value in an array, since that may be an error as well. */
async function outcome(call: Promise<unknown>): Promise<unknown> {
  try {
    const value = await call;
    if (typeof value !== "object" || value === null || !(Symbol.asyncIterator in value)) {
      return [value];
    }
    const items: unknown[] = [];
    for await (const item of value as AsyncIterable<unknown>) items.push(item);
    return items;
  } catch (error) {
    return error;
  }
}

Deno.test("hostile values in services, logs, options and pages end their own call", async (t) => {
  await using p = await project({ "hostile.js": SERVICE, "site.js": SITE });
  await using mesh = await startMesh({
    services: `${p.directory}/hostile.js`,
    site: `${p.directory}/site.js`,
    execServers: 1,
  });
  const pid = await mesh.mesh.call("hostile.pid");
  for (const way of Object.keys(WAYS)) {
    await t.step(way, async () => {
      for (const kind of Object.keys(HOSTILE)) {
        const ended = await outcome(mesh.mesh.call("hostile.run", { way, kind }));
        if (ended instanceof Error) {
          assert(ended instanceof MeshError, `${way} of ${kind}: ${ended}`);
          assert(
            ended.code !== "UNAVAILABLE" && ended.code !== "DATA_LOSS",
            `${way} of ${kind}: ${ended}`,
          );
          assert(ended.code !== "DEADLINE_EXCEEDED", `${way} of ${kind}: ${ended}`);
          assertEquals(ended.started, true, `${way} of ${kind}: ${ended}`);
        }
        assertEquals(await mesh.mesh.call("hostile.pid"), pid, `after ${way} of ${kind}`);
      }
    });
  }
  const log = mesh.log();
  assert(/hostile\.run threw/.test(log) && /handler=run/.test(log) && /requestId=/.test(log));
});

Deno.test("what a handler throws by accident is INTERNAL with its text, and an answer keeps its code", async () => {
  await using p = await project({ "hostile.js": SERVICE });
  await using mesh = await startMesh({ services: `${p.directory}/hostile.js`, execServers: 1 });
  const cases: [string, string, string, RegExp][] = [
    ["throws", "an object without a prototype", "INTERNAL", /./],
    ["throws", "nothing", "INTERNAL", /undefined/],
    ["rejects", "a symbol", "INTERNAL", /Symbol\(s\)/],
    ["throws", "a revoked proxy", "INTERNAL", /./],
    ["throws", "what pretends to be a MeshError", "INTERNAL", /pretends/],
    ["throws", "an error with a stack that throws", "INTERNAL", /odd stack/],
    ["returns", "a cycle", "INTERNAL", /^reply is a cycle|^reply.*cycle/],
    ["returns", "a locked stream", "INTERNAL", /lock/i],
    ["yields", "a symbol", "INTERNAL", /^item is a symbol/],
    ["passesInput", "a cycle", "INVALID_ARGUMENT", /hostile\.echo|encode|cycle/],
    ["passesKey", "an object without a prototype", "INVALID_ARGUMENT", /key/],
    ["passesTimeout", "a symbol", "INVALID_ARGUMENT", /timeoutMs/],
    ["meshErrorWith", "a function", "NOT_FOUND", /=>/],
  ];
  for (const [way, kind, code, message] of cases) {
    const error = await outcome(mesh.mesh.call("hostile.run", { way, kind }));
    assert(error instanceof MeshError, `${way} of ${kind}: ${error}`);
    assertEquals(error.code, code, `${way} of ${kind}: ${error.message}`);
    assert(message.test(error.message), `${way} of ${kind}: ${error.message}`);
  }
});

Deno.test("hostile values of a site end their own request", async () => {
  await using p = await project({ "hostile.js": SERVICE, "site.js": SITE });
  await using mesh = await startMesh({
    services: `${p.directory}/hostile.js`,
    site: `${p.directory}/site.js`,
    execServers: 0,
  });
  const get = async (path: string) => {
    const response = await fetch(`${mesh.url}${path}`, { signal: AbortSignal.timeout(20_000) });
    return [response.status, await response.text()] as const;
  };
  const [, pid] = await get("/pid");
  for (const way of ["throws", "returns", "body", "headers", "status", "call", "logs"]) {
    for (const kind of Object.keys(HOSTILE)) {
      const query = new URLSearchParams({ kind });
      const seen = await get(`/${way}?${query}`).catch((error) => [0, String(error)] as const);
      const cut = way === "body" || way === "returns"; // a body that fails half-way
      assert(cut || [200, 500].includes(seen[0]), `${way} of ${kind}: ${seen}`);
      if (way === "throws") assertEquals(seen[0], 500, kind);
      assertEquals(await get("/pid"), [200, pid], `after ${way} of ${kind}`);
    }
  }
});

Deno.test("objects that only look like what they are end their own call, and are named in the log", async () => {
  const service = `
const odd = {
  proxied: () => new Proxy(Promise.resolve(1), {}),
  inherited: () => Object.create(Promise.prototype),
  detached: () => {
    const bytes = new Uint8Array(4 << 20);
    queueMicrotask(() => bytes.buffer.transfer());
    return bytes;
  },
  shrunk: () => {
    const buffer = new ArrayBuffer(2 << 20, { maxByteLength: 2 << 20 });
    queueMicrotask(() => buffer.resize(10));
    return new Uint8Array(buffer);
  },
  negative: () => Object.defineProperty(new Uint8Array(8), "length", { value: -1 }),
  longer: () => Object.defineProperty(new Uint8Array(8), "length", { value: 600 }),
  ownSubarray: () => Object.assign(new Uint8Array(300_000), { subarray: () => new Uint8Array(3) }),
  calling: (ctx) => ({ a: 1, get b() {
    ctx.mesh.call("odd.echo", new Uint8Array(10)).catch(() => {});
    return 2;
  }, c: "tail" }),
  sparse: () => { const list = []; list.length = 4e9; return list; },
};
export const run = (kind, ctx) => odd[kind](ctx);
export const pass = async (kind, ctx) => {
  const input = odd[kind](ctx);
  const signal = new AbortController().signal;
  return await ctx.mesh.call("odd.echo", input, { signal, timeoutMs: 4_000 });
};
export const signalled = async (own, ctx) => {
  const controller = new AbortController();
  const { signal } = controller;
  const fail = () => { throw new Error("a method of its own"); };
  if (own === "reason") Object.defineProperty(signal, "reason", { get: fail });
  else signal[own] = fail;
  const call = ctx.mesh.call("odd.hold", 1, { signal, timeoutMs: 300 });
  if (own === "reason") controller.abort();
  return await call;
};
export const logsUnbound = async (_, { log: { info, error } }) => {
  info("passed on");
  await Promise.reject(new Error("caught")).catch(error);
  return "logged";
};
export const hold = (_, ctx) => new Promise((_, reject) => ctx.signal.onabort = () => reject(1));
export const echo = (input) => input instanceof Uint8Array ? input.length : input;
export const pid = () => Deno.pid;
`;
  await using p = await project({ "odd.js": service });
  await using mesh = await startMesh({ services: `${p.directory}/odd.js`, execServers: 1 });
  const call = async (target: string, input: unknown) => {
    const [value] = [await outcome(mesh.mesh.call(target, input))].flat();
    return value;
  };
  const pid = await call("odd.pid", 0);
  const isCode = (value: unknown, ...codes: string[]) =>
    value instanceof MeshError && codes.includes(value.code);
  const cases: [string, string, (value: unknown) => boolean][] = [
    ["run", "proxied", (value) => isCode(value, "INTERNAL")],
    ["run", "inherited", (value) => isCode(value, "INTERNAL")],
    ["run", "detached", (value) => isCode(value, "INTERNAL")],
    ["run", "shrunk", (value) => isCode(value, "INTERNAL")],
    ["run", "negative", (value) => (value as Uint8Array).length === 8 || isCode(value, "INTERNAL")],
    ["run", "longer", (value) => (value as Uint8Array).length === 8 || isCode(value, "INTERNAL")],
    ["run", "ownSubarray", (value) => (value as Uint8Array).length === 300_000],
    ["run", "calling", (value) => JSON.stringify(value) === `{"a":1,"b":2,"c":"tail"}`],
    [
      "run",
      "sparse",
      (value) => isCode(value, "INTERNAL", "RESOURCE_EXHAUSTED") || Array.isArray(value),
    ],
    ["pass", "detached", (value) => isCode(value, "INVALID_ARGUMENT")],
    ["pass", "shrunk", (value) => isCode(value, "INVALID_ARGUMENT")],
    ["pass", "negative", (value) => value === 8 || isCode(value, "INVALID_ARGUMENT")],
    ["pass", "longer", (value) => value === 8 || isCode(value, "INVALID_ARGUMENT")],
    ["pass", "ownSubarray", (value) => value === 300_000],
    ["signalled", "addEventListener", (value) => isCode(value, "DEADLINE_EXCEEDED")],
    ["signalled", "removeEventListener", (value) => isCode(value, "DEADLINE_EXCEEDED")],
    ["signalled", "reason", (value) => isCode(value, "CANCELLED")],
    ["logsUnbound", "", (value) => value === "logged"],
  ];
  for (const [handler, kind, good] of cases) {
    const value = await call(`odd.${handler}`, kind);
    assert(good(value), `${handler} of ${kind}: ${Deno.inspect(value).slice(0, 300)}`);
    assertEquals(await call("odd.pid", 0), pid, `after ${handler} of ${kind}`);
  }
  const log = mesh.log();
  for (const line of log.split("\n").filter((line) => / error .*threw/.test(line))) {
    assert(/service=odd handler=\w+ requestId=/.test(line), line);
  }
  assert(!log.includes("could not be worked on"), log);
});
