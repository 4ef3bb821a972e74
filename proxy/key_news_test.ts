import { assertEquals } from "@std/assert";
import type { KeyGroups } from "../wire/key_groups.ts";
import { realOutside } from "../outside/real_outside.ts";
import { FrameKind } from "../wire/frame.ts";
import { KeyNews, type ToldPort } from "./key_news.ts";

interface Told {
  kind: number;
  version: number;
  text: string;
}

/** The port of a process, which notes what it is told. */
function portOf(index: number, full = false): ToldPort & { told: Told[] } {
  const told: Told[] = [];
  const send = (kind: number, version: number, body: Uint8Array) =>
    void told.push({ kind, version, text: new TextDecoder().decode(body) });
  return { index, full, told, send };
}

const groupsOf = (name: string): KeyGroups => ({
  groups: [{ name, services: [], keys: [], module: `${name}.ts`, stamp: "1" }],
});
const said = (text: string) => new TextEncoder().encode(text);

/** News whose time is over when the test says so. */
function newsOf() {
  let over = () => {};
  const outside = Object.create(realOutside, {
    after: { value: (_ms: number, fire: () => void) => over = fire },
    cancel: { value: () => {} },
  });
  return { news: new KeyNews(groupsOf("one"), outside), over: () => over() };
}

Deno.test("every process is told of a change, and it is settled when all have answered", async () => {
  const { news } = newsOf();
  const [a, b] = [portOf(1), portOf(2)];
  news.change(groupsOf("two"), [a, b]);
  assertEquals(news.groups, groupsOf("two"));
  assertEquals([a.told, b.told], [a.told, a.told]);
  const [{ kind, version, text }] = a.told as [Told];
  assertEquals([kind, text], [FrameKind.GROUPS, JSON.stringify(groupsOf("two"))]);
  let settled = false;
  const waiting = news.settled(1_000).then((late) => {
    settled = true;
    return late;
  });
  assertEquals(news.answered(a, version, said("")), undefined);
  await Promise.resolve();
  assertEquals(settled, false);
  assertEquals(news.answered(b, version, said("it does not load")), "it does not load");
  assertEquals(await waiting, [{ slot: 2, why: "it does not load" }]);
});

Deno.test("answers to an earlier change, and second ones, say nothing", () => {
  const { news } = newsOf();
  const a = portOf(1);
  news.change(groupsOf("two"), [a]);
  const { version } = a.told[0]!;
  assertEquals(news.answered(a, version - 1, said("old")), undefined);
  assertEquals(news.answered(portOf(9), version, said("stranger")), undefined);
  assertEquals(news.answered(a, version, said("new")), "new");
  assertEquals(news.answered(a, version, said("again")), undefined);
});

Deno.test("who has gone is not waited for; who is silent or does not read is told of", async () => {
  const { news, over } = newsOf();
  const [a, b, full] = [portOf(1), portOf(2), portOf(3, true)];
  news.change(groupsOf("two"), [a, b, full]);
  assertEquals(full.told, []);
  const waiting = news.settled(50);
  news.gone(b);
  over();
  assertEquals((await waiting).map(({ slot }) => slot), [3, 1]);
  news.gone(a);
  assertEquals((await news.settled(50)).map(({ slot }) => slot), [3]);
});

Deno.test("the end of the last process that is waited for settles a change", async () => {
  const { news } = newsOf();
  const a = portOf(1);
  news.change(groupsOf("two"), [a]);
  const waiting = news.settled(50);
  news.gone(a);
  assertEquals(await waiting, []);
});

Deno.test("groups that are the same are told again only while somebody is behind", () => {
  const { news } = newsOf();
  const a = portOf(1);
  news.change(groupsOf("one"), [a]);
  assertEquals(a.told.length, 0);
  news.change(groupsOf("two"), [a]);
  news.change(groupsOf("two"), [a]);
  assertEquals(a.told.map(({ version }) => version), [1, 2], "it had not answered");
  news.answered(a, 2, said("it does not load"));
  news.change(groupsOf("two"), [a]);
  news.answered(a, 3, said(""));
  news.change(groupsOf("two"), [a]);
  assertEquals(a.told.length, 3);
});
