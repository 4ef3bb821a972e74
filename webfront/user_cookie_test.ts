import { assert, assertEquals, assertMatch } from "@std/assert";
import { issueUser, readUser } from "./user_cookie.ts";

const settings = { name: "who", issue: true, maxAgeDays: 30, secure: false };

function user(cookie: string): string | null {
  return readUser(new Headers({ cookie }), settings);
}

Deno.test("the user is the value of the configured cookie", () => {
  assertEquals(user("a=1; who=ada; b=2"), "ada");
  assertEquals(user("whoever=ada"), null);
  assertEquals(readUser(new Headers(), settings), null);
});

Deno.test("cookies without a name are passed over", () => {
  for (const header of ["", "=x", ";", "a", "=x; ;b"]) assertEquals(user(header), null, header);
  assertEquals(user("=x; who=ada; ;"), "ada");
});

Deno.test("a value that is empty or too long is no identity", () => {
  assertEquals(user("who="), null);
  assertEquals(user(`who=${"x".repeat(129)}`), null);
});

Deno.test("an issued cookie is random, hidden from scripts, and leaves the response as it was", async () => {
  const first = issueUser(new Response("body", { status: 201, headers: { x: "y" } }), settings);
  const second = issueUser(new Response(), settings);
  assertEquals([first.status, first.headers.get("x"), await first.text()], [201, "y", "body"]);
  const cookie = first.headers.get("set-cookie")!;
  assertMatch(cookie, /^who=[0-9a-f]{32}; HttpOnly; Max-Age=2592000; SameSite=Lax; Path=\/$/);
  assert(second.headers.get("set-cookie") !== cookie);
});
