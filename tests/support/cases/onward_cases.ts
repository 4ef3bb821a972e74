/**
 * Calls that handlers make: they inherit deadline, cancellation and request id.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { type CallCase, collect, failure } from "../call_case.ts";
import type { Seen } from "../fixtures/services/payloads.ts";

type Contexts = [Seen, Seen];

/** Clocks of two processes of one machine differ by less, in ms. */
const CLOCKS_MS = 20;

/** The cases. */
export const onwardCases: readonly CallCase[] = [
  {
    name: "a handler's own calls have the request id of the call it answers",
    run: async ({ mesh }) => {
      const [own, onward] = await mesh.call<Contexts>("onward.contexts", {});
      assertEquals(onward.requestId, own.requestId);
    },
  },
  {
    name: "a handler's own calls never last longer than the call it answers",
    run: async ({ mesh }) => {
      const inherited = await mesh.call<Contexts>("onward.contexts", {}, { timeoutMs: 3_000 });
      assert(inherited[1].deadline <= inherited[0].deadline + CLOCKS_MS, "it lasts longer");
      const wanted = await mesh.call<Contexts>(
        "onward.contexts",
        { timeoutMs: 600_000 },
        { timeoutMs: 3_000 },
      );
      assert(wanted[1].deadline <= wanted[0].deadline + CLOCKS_MS, "it lasts longer");
      const shorter = await mesh.call<Contexts>(
        "onward.contexts",
        { timeoutMs: 10_000 },
        { timeoutMs: 30_000 },
      );
      assert(shorter[1].deadline < shorter[0].deadline - 10_000, "its own time does not count");
    },
  },
  {
    name: "cancelling a call cancels the calls that its handler made for it",
    run: async ({ mesh, witness }) => {
      const told = witness.about();
      const controller = new AbortController();
      const relayed = { target: "onward.relay", input: { target: "outcomes.sleep", input: told } };
      const call = mesh.call("onward.relay", relayed, { signal: controller.signal });
      await witness.heard(`begun ${told.id}`);
      controller.abort();
      await failure(call, "CANCELLED");
      await witness.heard(`aborted CANCELLED ${told.id}`);
    },
  },
  {
    name: "leaving a stream early ends the stream that its handler passes on",
    run: async ({ mesh, witness }) => {
      const told = witness.about();
      const relayed = { target: "streams.endless", input: told };
      for await (const item of mesh.call<number>("onward.relayItems", relayed)) {
        if (item === 100) break;
      }
      await witness.heard(`left ${told.id}`);
    },
  },
  {
    name: "a handler may pass a stream on, or the promise of one",
    run: async ({ mesh }) => {
      const expected = Array.from({ length: 300 }, (_, i) => i + 1);
      const relayed = { target: "streams.count", input: 300 };
      assertEquals(await collect(mesh.call("onward.relayItems", relayed)), expected);
      assertEquals(await collect(mesh.call("onward.relay", relayed)), expected);
    },
  },
  {
    name: "an error of a handler's own call passes through it with code, message and metadata",
    run: async ({ mesh }) => {
      const input = { code: "PERMISSION_DENIED", message: "not you", metadata: { who: "you" } };
      const relayed = { target: "outcomes.failWith", input };
      const error = await failure(mesh.call("onward.relay", relayed), "PERMISSION_DENIED");
      assertEquals([error.message, error.metadata], ["not you", { who: "you" }]);
      assertEquals(error.target, "onward.relay");
    },
  },
  {
    name: "the MeshError that a module imports is the class of the errors that its calls throw",
    run: async ({ mesh }) => {
      for (const target of ["outcomes.fail", "no.such"]) {
        const seen = await mesh.call<Record<string, unknown>>("onward.caught", { target });
        assertEquals([seen.isMeshError, seen.isSameClass], [true, true], target);
      }
    },
  },
  {
    name: "a chain of handlers on one mesh as deep as fifty ends well",
    run: async ({ mesh }) => {
      let relayed: unknown = { target: "payloads.echo", input: "deep" };
      for (let i = 0; i < 50; i++) relayed = { target: "onward.relay", input: relayed };
      assertEquals(await mesh.call("onward.relay", relayed), "deep");
    },
  },
];
