import { delay } from "@std/async/delay";
import { assert, assertEquals } from "@std/assert";
import type { ScopeMember } from "../client/call_scope.ts";
import { Browser } from "./browser.ts";

class Member implements ScopeMember {
  placeInScope = -1;
  ended: unknown;
  abort(reason: unknown): void {
    this.ended = reason;
  }
}

const NO_PARTS = { user: undefined, traceparent: undefined };

/** A browser, how often its request was asked for the signal, and its way out. */
function visit(headers: Record<string, string> = { host: "mesh" }) {
  const controller = new AbortController();
  const seen = { asked: 0 };
  const request = new Request("http://mesh/", { headers });
  Object.defineProperty(request, "signal", {
    get: () => {
      seen.asked++;
      return controller.signal;
    },
  });
  const remoteAddr = { transport: "tcp", hostname: "127.0.0.1", port: 1 } as const;
  const browser = new Browser(request, { remoteAddr, completed: Promise.resolve() });
  const scope = browser.scope(NO_PARTS);
  const begin = () => {
    const member = new Member();
    assert(scope.add(member));
    return member;
  };
  return { seen, browser, scope, begin, leave: () => controller.abort("left") };
}

/** Until everything was looked at that has begun by now. */
async function looked(): Promise<void> {
  const { seen, begin } = visit();
  begin();
  while (seen.asked === 0) await delay(1);
}

Deno.test("a request's signal is not asked for when there are no calls, or they end in a moment", async () => {
  const [idle, fast] = [visit(), visit()];
  for (let i = 0; i < 3; i++) {
    const call = fast.begin();
    assertEquals(fast.seen.asked, 0);
    fast.scope.delete(call);
    await looked();
  }
  idle.browser.answered(new Response());
  fast.browser.answered(new Response());
  assertEquals([idle.seen.asked, fast.seen.asked], [0, 0]);
});

Deno.test("a request's signal is asked for once when a call stays, and ends all that is under way", async () => {
  const { seen, begin, leave, scope } = visit();
  const calls = [begin(), begin()];
  await looked();
  calls.push(begin());
  await looked();
  assertEquals(seen.asked, 1);
  leave();
  assertEquals(calls.map(({ ended }) => ended), ["left", "left", "left"]);
  assert(!scope.add(new Member()));
});

Deno.test("a browser that left before anybody looked has left", async () => {
  const { begin, leave } = visit();
  const call = begin();
  leave();
  assertEquals(call.ended, undefined);
  await looked();
  assertEquals(call.ended, "left");
});

/** What makes a later look too late → what is done. */
const AT_ONCE: Record<string, (asked: ReturnType<typeof visit>) => void> = {
  "the site answers while a call is under way": ({ begin, browser }) => {
    begin();
    browser.answered(new Response());
  },
  "a call begins after the site has answered": ({ begin, browser }) => {
    browser.answered(new Response());
    begin();
  },
  "the request is about to become a WebSocket": ({ browser }) => browser.beforeUpgrade(),
};

for (const [name, act] of Object.entries(AT_ONCE)) {
  Deno.test(`a request's signal is asked for at once when ${name}`, async () => {
    const asked = visit();
    act(asked);
    assertEquals(asked.seen.asked, 1);
    await looked();
    assertEquals(asked.seen.asked, 1);
  });
}

Deno.test("a request's signal is asked for at once in HTTP/2, which tells nothing late", () => {
  const { seen, begin } = visit({});
  begin();
  assertEquals(seen.asked, 1);
});

Deno.test("a site that has put anything in place of the signal harms itself alone", () => {
  for (
    const signal of [
      undefined,
      null,
      5,
      {},
      { aborted: false, addEventListener: () => {} },
      new Proxy({}, {
        get() {
          throw new Error("not yours");
        },
      }),
    ]
  ) {
    const request = new Request("http://mesh/");
    Object.defineProperty(request, "signal", { value: signal });
    const remoteAddr = { transport: "tcp", hostname: "127.0.0.1", port: 1 } as const;
    const browser = new Browser(request, { remoteAddr, completed: Promise.resolve() });
    assert(browser.scope(NO_PARTS).add(new Member()));
    browser.watch();
  }
});

Deno.test("a browser that has left before the site asks for env.mesh gets no calls", () => {
  const { browser } = visit();
  browser.left("gone");
  const scope = browser.scope(NO_PARTS);
  assertEquals([scope.add(new Member()), scope.reason], [false, "gone"]);
});

Deno.test("that a response could not be delivered is no uncaught error", async () => {
  const remoteAddr = { transport: "tcp", hostname: "127.0.0.1", port: 1 } as const;
  const completed = Promise.reject(new Error("not sent"));
  new Browser(new Request("http://mesh/"), { remoteAddr, completed });
  await delay(0);
});
