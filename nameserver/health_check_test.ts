import { assertEquals, assertMatch } from "@std/assert";
import { HealthCheck } from "./health_check.ts";

/** A web server whose status the test sets; 0: it does not answer before it is stopped. */
function webServer(status: { now: number }) {
  const stopped = Promise.withResolvers<void>();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async () => {
      if (status.now === 0) await stopped.promise;
      return new Response("well", { status: status.now || 200 });
    },
  );
  const stop = () => {
    stopped.resolve();
    return server.shutdown();
  };
  return { stop, url: `http://127.0.0.1:${server.addr.port}/health` };
}

Deno.test("a web server is healthy while its page answers, and not when it fails, hangs or is gone", async () => {
  const status = { now: 200 };
  const { stop, url } = webServer(status);
  const changes: [boolean, string | undefined][] = [];
  let changed = Promise.withResolvers<void>();
  await using check = new HealthCheck({
    targets: [{ server: "web-1", url }],
    everyMs: 5,
    timeoutMs: 100,
    onChange: (name, healthy, why) => {
      assertEquals(name, "web-1");
      changes.push([healthy, why]);
      changed.resolve();
      changed = Promise.withResolvers<void>();
    },
  });
  assertEquals(check.healthy("web-1"), false);
  await check.firstRound;
  assertEquals([check.healthy("web-1"), check.healthy("unheard")], [true, false]);
  for (
    const [next, expected, why] of [[503, false, /503/], [302, true], [0, false, /100 ms/]] as const
  ) {
    const change = changed.promise;
    status.now = next;
    await change;
    assertEquals(check.healthy("web-1"), expected);
    if (why !== undefined) assertMatch(changes.at(-1)![1]!, why);
  }
  const back = changed.promise;
  status.now = 200;
  await back;
  const gone = changed.promise;
  await stop();
  await gone;
  assertEquals(check.healthy("web-1"), false);
});

Deno.test("disposing ends a check that is under way", async () => {
  const { stop, url } = webServer({ now: 0 });
  {
    await using _check = new HealthCheck({
      targets: [{ server: "web-1", url }],
      timeoutMs: 60_000,
    });
  }
  await stop();
});
