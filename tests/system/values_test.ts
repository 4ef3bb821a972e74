/**
 * What docs/services.md says of values, through real servers: as inputs, as replies, as items of streams and as
 * the metadata of errors.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";
import type { Mesh, MeshError } from "../../mod.ts";
import { attach } from "../../mod.ts";
import { startMesh } from "../../testing.ts";
import { failure } from "../support/call_case.ts";
import { VALUES } from "../support/values/all.ts";
import { difference } from "../support/values/same.ts";
import type { ValueCase } from "../support/values/value_case.ts";

const LONG = { timeoutMs: 60_000 };
const service = fromFileUrl(new URL("../support/values/service.ts", import.meta.url));
const sendable = VALUES.filter(({ refused }) => refused === undefined);
const refused = VALUES.filter(({ refused }) => refused !== undefined);
/** One level deeper, so without those that are about depth. */
const inside = (cases: readonly ValueCase[]) => cases.filter(({ kind }) => !/^depth/.test(kind));
const wrap = (value: unknown) => ({ in: [value] });

function assertSame(seen: unknown, expected: unknown, name: string): void {
  const wrong = difference(seen, expected);
  assert(wrong === undefined, `${name}: ${wrong}`);
}

/** Refused where `started` says, and the message begins with the path. */
function assertRefused(error: MeshError, path: string, { name, refused }: ValueCase): void {
  assertEquals(error.started, !path.startsWith("input"), name);
  assert(error.message.startsWith(path), `${name}: ${error.message}`);
  const said = error.message.slice(path.length).replace(` is ${path}`, " is input");
  assertMatch(said, refused!, name);
}

for (const spaceBytes of [2_048, 262_144]) {
  Deno.test(`values through spaces of ${spaceBytes} bytes`, async (t) => {
    await using started = await startMesh({ services: service, spaceBytes });
    const { mesh } = started;
    const pid = await mesh.call<number>("service.pid");
    const step = (name: string, fn: (mesh: Mesh) => Promise<void>) =>
      t.step({ name, fn: () => fn(mesh), sanitizeOps: false, sanitizeResources: false });

    await step("inputs arrive as the table says", async (mesh) => {
      for (const { name, make } of sendable) {
        const options = { ...LONG, metadata: { name } };
        const wrong = await mesh.call("service.arrived", make(), options);
        assertEquals(wrong, undefined, `${name}: ${wrong}`);
      }
    });
    await step("replies arrive as the table says", async (mesh) => {
      for (const { name, make, as = make } of sendable) {
        assertSame(await mesh.call("service.reply", name, LONG), as(), name);
      }
    });
    await step("items of a stream arrive as the table says, in their order", async (mesh) => {
      const cases = inside(sendable);
      const names = cases.map(({ name }) => name);
      let at = 0;
      for await (const item of mesh.call<unknown>("service.items", names, LONG)) {
        const { name, make, as = make } = cases[at++]!;
        assertSame(item, wrap(as()), name);
      }
      assertEquals(at, cases.length);
    });
    await step("inputs that cannot be sent are refused before anything starts", async (mesh) => {
      for (const one of refused) {
        const call = mesh.call("service.arrived", one.make(), LONG);
        assertRefused(await failure(call, "INVALID_ARGUMENT"), "input", one);
      }
    });
    await step("replies that cannot be sent end their call, and nothing else", async (mesh) => {
      for (const one of inside(refused)) {
        const call = mesh.call("service.inside", one.name, LONG);
        assertRefused(await failure(call, "INTERNAL"), "reply.in[0]", one);
      }
    });
    await step(
      "an item that cannot be sent ends its stream, those before it arrive",
      async (mesh) => {
        for (const one of inside(refused)) {
          const names = ["string: empty", "number: 1", one.name, "number: 1"];
          let seen = 0;
          const read = async () => {
            for await (const _ of mesh.call<unknown>("service.items", names, LONG)) seen++;
          };
          assertRefused(await failure(read(), "INTERNAL"), "item.in[0]", one);
          assertEquals(seen, 2, one.name);
        }
      },
    );
    await step("an error's metadata is text, equal or left out and said so", async (mesh) => {
      for (const { name, make } of VALUES) {
        const error = await failure(mesh.call("service.fail", name, LONG), "PERMISSION_DENIED");
        const value = make();
        if (typeof value === "string" && value.isWellFormed() && value.length <= 32_000) {
          assertEquals(error.metadata, { it: value }, name);
          assertEquals(error.message, "as you wished", name);
        } else {
          if (Object.hasOwn(error.metadata, "it")) assertEquals(error.metadata.it, value, name);
          else assertStringIncludes(error.message, "as you wished (metadata left out", name);
        }
      }
    });
    await step("a call's own metadata is text, equal or refused", async (mesh) => {
      for (const { name, make } of VALUES.filter(({ kind }) => kind === "string")) {
        const value = make() as string;
        const call = mesh.call<unknown>("service.metadata", undefined, {
          ...LONG,
          metadata: { it: value },
        });
        if (value.isWellFormed() && value.length <= 20_000) {
          assertEquals(await call, { it: value }, name);
        } else {
          await call.then(
            (seen) => assertEquals(seen, { it: value }, name),
            ({ code, started }) => assertEquals([code, started], ["INVALID_ARGUMENT", false], name),
          );
        }
      }
    });
    await step("a value that calls while it is read: both calls work", async (mesh) => {
      const calls: Promise<unknown>[] = [];
      const large = "x".repeat(300_000);
      const input = {
        before: large,
        get price() {
          calls.push(mesh.call("service.echo", { inner: large }, LONG));
          calls.push(mesh.call("service.echo", new Uint8Array([calls.length]), LONG));
          calls.push(failure(mesh.call("service.echo", { f() {} }), "INVALID_ARGUMENT"));
          return calls.length;
        },
        after: [1, 2, 3],
      };
      const outer = await mesh.call("service.echo", input, LONG);
      assertSame(outer, { before: large, price: 3, after: [1, 2, 3] }, "the outer call");
      const [first, second] = await Promise.all(calls);
      assertSame(first, { inner: large }, "the first inner call");
      assertSame(second, new Uint8Array([1]), "the second inner call");
      const nested = await mesh.call("service.nested", undefined, LONG);
      assertSame(nested, { got: { pid }, calls: 1 }, "a reply that calls");
    });
    await step("a value that leaves the mesh while it is read ends its own call", async () => {
      const other = await attach({ runtimeDir: started.servers[0]!.runtimeDir });
      const leaving = {
        get now() {
          other[Symbol.dispose]();
          return 1;
        },
      };
      await failure(other.call("service.echo", leaving, LONG), "CANCELLED");
    });
    await step(
      "a value that aborts its own call while it is read: it never starts",
      async (mesh) => {
        const aborting = new AbortController();
        const input = {
          get now() {
            aborting.abort();
            return 1;
          },
        };
        const options = { ...LONG, signal: aborting.signal };
        const before = await mesh.call<number>("service.count", 0, LONG);
        const error = await failure(mesh.call("service.count", input, options), "CANCELLED");
        assertEquals(error.started, false);
        assertEquals(await mesh.call<number>("service.count", 0, LONG), before + 1);
      },
    );
    assertEquals(await mesh.call<number>("service.pid"), pid, "the worker is the same");
  });
}
