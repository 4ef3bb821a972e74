import { assertEquals } from "@std/assert";
import { issueUser } from "./user_cookie.ts";
import { mayCarryIdentity } from "./cookie_policy.ts";

const settings = { name: "who", issue: true, maxAgeDays: 30, secure: false };
const LATER = new Date(Date.now() + 3_600_000).toUTCString();
const EARLIER = new Date(Date.now() - 3_600_000).toUTCString();

type Headed = [name: string, value: string][];

function carries(status: number, headers: Headed): boolean {
  return mayCarryIdentity(new Response(null, { status, headers }), "who");
}

Deno.test("no identity goes out on a response that a shared cache may keep, or any for good", () => {
  const shared: (string | Headed)[] = [
    "public",
    "PUBLIC",
    " Public ,max-age=0",
    "max-age=60,public",
    "no-cache, public",
    "private, public",
    "s-maxage=60",
    "S-MaxAge = 60, private",
    "s-maxage=0",
    "immutable",
    "private, max-age=31536000, immutable",
    "Immutable",
    "max-age=60",
    'max-age="60"',
    "max-age=0, max-age=60",
    "max-age",
    "max-age=soon",
    "max-age=60, must-revalidate",
    'private="set-cookie", max-age=60',
    [["cache-control", "no-cache"], ["cache-control", "public"]],
    [["expires", LATER]],
    [["expires", LATER], ["cache-control", "must-revalidate"]],
    [["surrogate-control", "max-age=60"], ["cache-control", "private"]],
    [["cdn-cache-control", "max-age=60"], ["cache-control", "no-store"]],
    [["cloudflare-cdn-cache-control", "max-age=60"]],
    [["x-accel-expires", "60"]],
  ];
  for (const headers of shared) {
    const list: Headed = typeof headers === "string" ? [["cache-control", headers]] : headers;
    assertEquals(carries(200, list), false, JSON.stringify(headers));
  }
});

Deno.test("a response that is for one browser carries its identity, and no shared cache may keep it", () => {
  const own: [Headed, string][] = [
    [[], "private"],
    [[["cache-control", "private"]], "private"],
    [[["cache-control", "Private, max-age=60"]], "Private, max-age=60"],
    [[["cache-control", "no-store"]], "no-store"],
    [[["cache-control", "no-store, max-age=60"]], "no-store, max-age=60"],
    [[["cache-control", "no-cache"]], "no-cache, private"],
    [[["cache-control", "max-age=0, must-revalidate"]], "max-age=0, must-revalidate, private"],
    [[["cache-control", 'private="public"']], 'private="public", private'],
    [[["cache-control", "x-public=1"]], "x-public=1, private"],
    [[["expires", EARLIER]], "private"],
    [[["expires", "0"]], "private"],
    [[["expires", LATER], ["cache-control", "private"]], "private"],
    [[["cdn-cache-control", "no-store"]], "private"],
    [[["x-accel-expires", "0"]], "private"],
    [[["set-cookie", "whoever=1"], ["set-cookie", "a=who=1"]], "private"],
  ];
  for (const [headers, cacheControl] of own) {
    assertEquals(carries(200, headers), true, JSON.stringify(headers));
    const issued = issueUser(new Response(null, { headers }), settings);
    assertEquals(issued.headers.get("cache-control"), cacheControl);
    assertEquals(issued.headers.getSetCookie().filter((c) => c.startsWith("who=")).length, 1);
  }
});

Deno.test("only answers of the moment carry an identity: no errors, no permanent redirects, no parts", () => {
  const statuses = [200, 201, 202, 203, 204, 205, 302, 303, 307];
  for (let status = 200; status <= 599; status++) {
    assertEquals(carries(status, []), statuses.includes(status), String(status));
  }
  assertEquals(mayCarryIdentity(Response.error(), "who"), false);
});

Deno.test("a response that sets the cookie itself, or whose body is in use, is left alone", () => {
  for (const cookie of ["who=x", " who = x; Path=/", "who=; Max-Age=0"]) {
    assertEquals(carries(200, [["set-cookie", "a=1"], ["set-cookie", cookie]]), false, cookie);
  }
  const locked = new Response("body");
  locked.body!.getReader();
  assertEquals(mayCarryIdentity(locked, "who"), false);
});
