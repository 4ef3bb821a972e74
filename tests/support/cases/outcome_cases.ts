/**
 * Every call ends in exactly one way, and the caller learns which.
 *
 * @module
 */
import { assert, assertEquals, assertFalse, assertStringIncludes } from "@std/assert";
import { CODES } from "../../../errors.ts";
import type { Code } from "../../../mod.ts";
import { type CallCase, collect, failure, logged } from "../call_case.ts";
import type { Seen } from "../fixtures/services/payloads.ts";

/** Clocks of two processes of one machine differ by less, in ms. */
const CLOCKS_MS = 20;

/** The cases. */
export const outcomeCases: readonly CallCase[] = [
  {
    name: "an unknown service and an unknown handler are NOT_FOUND, and provably not started",
    run: async ({ mesh }) => {
      for (const target of ["no_such_service.echo", "payloads.no_such_handler"]) {
        const error = await failure(mesh.call(target), "NOT_FOUND");
        assertEquals([error.started, error.target], [false, target]);
        assertStringIncludes(error.message, target.split(".").find((w) => w.startsWith("no_"))!);
        await failure(collect(mesh.call(target)), "NOT_FOUND");
      }
    },
  },
  {
    name: "a handler's exception is INTERNAL with its message; its stack stays in the server's log",
    run: async (bench) => {
      for (const handler of ["fail", "failLater"]) {
        const message = `no such luck: ${crypto.randomUUID()}`;
        const error = await failure(
          bench.mesh.call(`outcomes.${handler}`, message),
          "INTERNAL",
        );
        assertEquals([error.message, error.started], [message, true]);
        assertFalse(error.stack!.includes("outcomes.ts"), error.stack);
        await logged(bench, message);
      }
      await logged(bench, "outcomes.ts:");
    },
  },
  {
    name: "a handler may throw what is no error: its text is the message",
    run: async ({ mesh }) => {
      const error = await failure(mesh.call("outcomes.failText", "plain wörds"), "INTERNAL");
      assertEquals(error.message, "plain wörds");
    },
  },
  {
    name: "a MeshError of a handler arrives with its code, message, metadata and server",
    run: async ({ mesh, servers }) => {
      for (const code of Object.keys(CODES) as Code[]) {
        const metadata = { "ключ": "значение 👍", empty: "" };
        const input = { code, message: `it is ${code} – ja`, metadata };
        const error = await failure(mesh.call("outcomes.failWith", input), code);
        assertEquals([error.message, error.metadata], [input.message, metadata]);
        assertEquals(error.server, servers.at(-1)!.name);
        assertEquals(error.target, "outcomes.failWith");
      }
    },
  },
  {
    name:
      "an error carries metadata of almost 64 KiB; larger ones are left out and the message says so",
    run: async ({ mesh }) => {
      const fail = (bytes: number) =>
        failure(
          mesh.call("outcomes.failWith", {
            code: "NOT_FOUND",
            message: "much to say",
            metadata: { much: "m".repeat(bytes) },
          }),
          "NOT_FOUND",
        );
      assertEquals((await fail(65_000)).metadata.much?.length, 65_000);
      const error = await fail(66_000);
      assertEquals(error.metadata, {});
      assertStringIncludes(error.message, "metadata left out");
    },
  },
  {
    name:
      "a sleeping handler's call ends in DEADLINE_EXCEEDED, and ctx.signal fires with that reason",
    run: async ({ mesh, witness }) => {
      const told = witness.about();
      const error = await failure(
        mesh.call("outcomes.sleep", told, { timeoutMs: 400 }),
        "DEADLINE_EXCEEDED",
      );
      assertEquals(error.target, "outcomes.sleep");
      await witness.heard(`begun ${told.id}`);
      // Either the handler's own clock or the caller's cancellation comes first.
      const reasons = ["DEADLINE_EXCEEDED", "CANCELLED"];
      await witness.heard(...reasons.map((code) => `aborted ${code} ${told.id}`));
    },
  },
  {
    name: "ctx.deadline is the time at which the caller gives up",
    run: async ({ mesh }) => {
      for (const timeoutMs of [2_000, 60_000]) {
        const before = Date.now();
        const { deadline } = await mesh.call<Seen>("payloads.context", null, { timeoutMs });
        const after = Date.now();
        assert(
          deadline >= before + timeoutMs - CLOCKS_MS,
          `${before + timeoutMs - deadline} early`,
        );
        assert(deadline <= after + timeoutMs + CLOCKS_MS, `${deadline - after - timeoutMs} late`);
      }
    },
  },
  {
    name: "aborting a call that has begun ends it in CANCELLED, and ctx.signal fires",
    run: async ({ mesh, witness }) => {
      const told = witness.about();
      const controller = new AbortController();
      const call = mesh.call("outcomes.sleep", told, { signal: controller.signal });
      await witness.heard(`begun ${told.id}`);
      controller.abort(new Error("changed my mind"));
      const error = await failure(call, "CANCELLED");
      assertStringIncludes(error.message, "changed my mind");
      await witness.heard(`aborted CANCELLED ${told.id}`);
    },
  },
  {
    name: "a call with a signal that is aborted already is CANCELLED and never begins",
    run: async ({ mesh, witness }) => {
      const told = witness.about();
      const call = mesh.call("outcomes.note", told, { signal: AbortSignal.abort() });
      assertEquals((await failure(call, "CANCELLED")).started, false);
      await mesh.call("payloads.echo");
      assertEquals(witness.count(`noted ${told.id}`), 0);
    },
  },
  {
    name: "aborting a thousand calls in the moment they are made leaves a mesh that works",
    run: async ({ mesh }) => {
      const controller = new AbortController();
      const { signal } = controller;
      const calls = Array.from(
        { length: 1_000 },
        (_, i) => mesh.call("payloads.echo", new Uint8Array(i * 20), { signal }),
      );
      const ended = Promise.all(calls.map((call) => failure(call, "CANCELLED")));
      controller.abort();
      await ended;
      assertEquals(await mesh.call("payloads.echo", "still here"), "still here");
    },
  },
  {
    name:
      "a call without time is DEADLINE_EXCEEDED and never begins; a time that is none is refused",
    run: async ({ mesh, witness }) => {
      const told = witness.about();
      const none = await failure(
        mesh.call("outcomes.note", told, { timeoutMs: 0 }),
        "DEADLINE_EXCEEDED",
      );
      assertEquals(none.started, false);
      for (const timeoutMs of [NaN, -1, -Infinity]) {
        const error = await failure(
          mesh.call("outcomes.note", told, { timeoutMs }),
          "INVALID_ARGUMENT",
        );
        assertEquals(error.started, false);
        assertStringIncludes(error.message, "timeoutMs");
      }
      await mesh.call("payloads.echo");
      assertEquals(witness.count(`noted ${told.id}`), 0);
      assertEquals(await mesh.call("payloads.echo", 1, { timeoutMs: Infinity }), 1);
    },
  },
  {
    name: "a call that nobody awaits is made all the same, and its failure disturbs nobody",
    run: async ({ mesh, witness }) => {
      const told = witness.about();
      void mesh.call("outcomes.note", told);
      void mesh.call("outcomes.fail", "nobody cares");
      void mesh.call("no.such");
      void mesh.call("payloads.echo", 1, { timeoutMs: NaN });
      void mesh.call("streams.count", 10);
      await witness.heard(`noted ${told.id}`);
    },
  },
  {
    name: "an awaited call can be awaited again, with then, catch and finally like any promise",
    run: async ({ mesh }) => {
      const call = mesh.call("payloads.echo", 5);
      assertEquals([await call, await call], [5, 5]);
      assertEquals(await call.then((value) => Number(value) + 1), 6);
      let ended = 0;
      await call.finally(() => ended++);
      const failing = mesh.call("outcomes.fail", "as asked");
      assertEquals(await failing.catch((error) => error.code), "INTERNAL");
      await failure(failing.finally(() => ended++), "INTERNAL");
      assertEquals(ended, 2);
    },
  },
];
