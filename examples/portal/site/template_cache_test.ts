import { assertEquals, assertRejects } from "@std/assert";
import { DEFAULT_PREFERENCES } from "../model/preferences.ts";
import { compileTemplate, type Template } from "./template.ts";
import { TemplateCache } from "./template_cache.ts";

const template = (version: number): Template => {
  return compileTemplate({ version, preferences: DEFAULT_PREFERENCES });
};

/** A profile service that says how often it was asked. */
function profile(version: number) {
  const state = { version, asked: 0, dead: false };
  const load = () => {
    state.asked++;
    if (state.dead) return Promise.reject(new Error("dead"));
    return Promise.resolve(template(state.version));
  };
  return { state, load };
}

Deno.test("the second page of a user needs no call", async () => {
  const cache = new TemplateCache();
  const { state, load } = profile(1);
  assertEquals((await cache.get("ada", 0, load)).source, "profile");
  assertEquals((await cache.get("ada", 1, load)).source, "cache");
  assertEquals(state.asked, 1);
});

Deno.test("a process that has an older template than the browser saved asks again", async () => {
  const [saving, other] = [new TemplateCache(), new TemplateCache()];
  const { state, load } = profile(1);
  await saving.get("ada", 0, load);
  await other.get("ada", 0, load);
  state.version = 2;
  saving.put("ada", template(2));
  const { template: found, source } = await other.get("ada", 2, load);
  assertEquals([found.version, source], [2, "profile"]);
  assertEquals((await saving.get("ada", 2, load)).source, "cache");
});

Deno.test("a browser that does not know of the change gets the new template after 30 seconds", async () => {
  let now = 0;
  const cache = new TemplateCache(10, () => now);
  const { state, load } = profile(1);
  await cache.get("ada", 0, load);
  state.version = 2;
  now = 29_999;
  assertEquals((await cache.get("ada", 1, load)).template.version, 1);
  now = 30_000;
  assertEquals((await cache.get("ada", 1, load)).template.version, 2);
});

Deno.test("a reply that was overtaken by a save does not undo it", async () => {
  const cache = new TemplateCache();
  const slow = Promise.withResolvers<Template>();
  const reading = cache.get("ada", 0, () => slow.promise);
  cache.put("ada", template(2));
  slow.resolve(template(1));
  await reading;
  const { template: found } = await cache.get("ada", 2, profile(2).load);
  assertEquals(found.version, 2);
});

Deno.test("an old template is better than none while the profile service is away", async () => {
  const cache = new TemplateCache();
  const { state, load } = profile(1);
  await cache.get("ada", 0, load);
  state.dead = true;
  const { template: found, source } = await cache.get("ada", 2, load);
  assertEquals([found.version, source], [1, "stale"]);
  await assertRejects(() => cache.get("bob", 0, load), Error, "dead");
});
