import { assert, assertEquals, assertInstanceOf, assertStringIncludes } from "@std/assert";
import { type Code, MeshError } from "../errors.ts";
import { serverHash } from "../routing/hash.ts";
import { CallScope } from "./call_scope.ts";
import { type KeyGroup, keyGroupsOf } from "../wire/key_groups.ts";
import { type KeyFunction, runKeyFunction } from "./key_module.ts";
import { judgeAnswer, nameOwner } from "./key_owner.ts";
import { type Found, KeyOwners } from "./key_owners.ts";
import type { CallRequest } from "./call_request.ts";

const question = {
  group: "main",
  module: "/keys.js",
  tableSize: 2,
  key: "k",
  target: "quotes.price",
};
const found = async (run: KeyFunction): Promise<Found> =>
  judgeAnswer(question, await runKeyFunction(run, "k"));

const hostileProxy = new Proxy({}, {
  get() {
    throw new Error("trap");
  },
});
const thenable = (then: unknown) => () => ({ then });

Deno.test("a key function's answer is a server's name, at once or later, whatever else comes after it", async () => {
  const good: KeyFunction[] = [
    () => "exec-1",
    () => Promise.resolve("exec-1"),
    // deno-lint-ignore require-await -- a promise is the point
    async () => "exec-1",
    thenable((resolve: (value: string) => void) => resolve("exec-1")),
    thenable((resolve: (value: string) => void, reject: (reason: unknown) => void) => {
      resolve("exec-1");
      resolve("exec-2");
      reject(new Error("too late"));
      throw new Error("later still");
    }),
    thenable((resolve: (value: unknown) => void) => resolve(Promise.resolve("exec-1"))),
  ];
  for (const run of good) {
    assertEquals(await found(run), { name: "exec-1", hash: serverHash("exec-1") }, `${run}`);
  }
});

/** What a hostile function does, and how its call ends. */
const hostile: Record<string, readonly [KeyFunction, Code]> = {
  "nothing": [() => {}, "NOT_FOUND"],
  "null": [() => null, "NOT_FOUND"],
  "nothing, later": [() => Promise.resolve(), "NOT_FOUND"],
  "an empty name": [() => "", "INVALID_ARGUMENT"],
  "a name with a space": [() => "exec 1", "INVALID_ARGUMENT"],
  "a name with a line break": [() => "exec-1\n", "INVALID_ARGUMENT"],
  "a long name": [() => "x".repeat(64), "INVALID_ARGUMENT"],
  "10 MB of text": [() => "x".repeat(10_000_000), "INVALID_ARGUMENT"],
  "a number": [() => 7, "INVALID_ARGUMENT"],
  "not a number": [() => NaN, "INVALID_ARGUMENT"],
  "a bigint": [() => 7n, "INVALID_ARGUMENT"],
  "false": [() => false, "INVALID_ARGUMENT"],
  "a symbol": [() => Symbol("s"), "INVALID_ARGUMENT"],
  "an object": [() => ({ server: "exec-1" }), "INVALID_ARGUMENT"],
  "an object without a prototype": [() => Object.create(null), "INVALID_ARGUMENT"],
  "an array": [() => ["exec-1"], "INVALID_ARGUMENT"],
  "a String object": [() => new String("exec-1"), "INVALID_ARGUMENT"],
  "a function": [() => () => "exec-1", "INVALID_ARGUMENT"],
  "an iterator": [
    function* () {
      yield "exec-1";
    },
    "INVALID_ARGUMENT",
  ],
  "an object with a hostile toString": [
    () => ({
      toString() {
        throw 1;
      },
    }),
    "INVALID_ARGUMENT",
  ],
  "a hostile proxy": [() => hostileProxy, "INVALID_ARGUMENT"],
  "a revoked proxy": [
    () => {
      const { proxy, revoke } = Proxy.revocable({}, {});
      revoke();
      return proxy;
    },
    "INVALID_ARGUMENT",
  ],
  "a hostile getter named then": [
    () => ({
      get then() {
        throw new Error("then");
      },
    }),
    "INVALID_ARGUMENT",
  ],
  "a number, later": [() => Promise.resolve(7), "INVALID_ARGUMENT"],
  "a throw": [
    () => {
      throw new Error("no idea");
    },
    "INTERNAL",
  ],
  "a throw of an object without a prototype": [
    () => {
      throw Object.create(null);
    },
    "INTERNAL",
  ],
  "a throw of null": [
    () => {
      throw null;
    },
    "INTERNAL",
  ],
  "a throw of a symbol": [
    () => {
      throw Symbol("s");
    },
    "INTERNAL",
  ],
  "a throw of a hostile proxy": [
    () => {
      throw hostileProxy;
    },
    "INTERNAL",
  ],
  "a throw of a promise": [
    () => {
      throw Promise.resolve("exec-1");
    },
    "INTERNAL",
  ],
  "a throw of a MeshError": [
    () => {
      throw new MeshError("NOT_FOUND", "mine");
    },
    "INTERNAL",
  ],
  "endless recursion": [
    function again(key: string): unknown {
      return [again(key)];
    },
    "INTERNAL",
  ],
  "a rejection": [() => Promise.reject(new Error("no idea")), "INTERNAL"],
  "a rejection without a reason": [() => Promise.reject(), "INTERNAL"],
  "a rejection with a hostile proxy": [() => Promise.reject(hostileProxy), "INTERNAL"],
  "a then that throws": [
    thenable(() => {
      throw Object.create(null);
    }),
    "INTERNAL",
  ],
  "a class": [class Keys {} as unknown as KeyFunction, "INTERNAL"],
};

for (const [what, [run, code]] of Object.entries(hostile)) {
  Deno.test(`a key function that gives ${what} ends the call in ${code}, with a bounded message`, async () => {
    const error = await found(run);
    assertInstanceOf(error, MeshError);
    assertEquals([error.code, error.started, error.target], [code, false, "quotes.price"]);
    assertStringIncludes(error.message, `group "main"`);
    if (code !== "NOT_FOUND") assertStringIncludes(error.message, "/keys.js");
    assert(error.message.length < 17_000, `${error.message.length}`);
    if (code === "INVALID_ARGUMENT") assert(error.message.length < 500, error.message);
  });
}

Deno.test("a key function gets the key, and nothing else", () => {
  let seen: unknown;
  const outcome = runKeyFunction(function (this: unknown, ...args: unknown[]) {
    seen = [this, args];
    return "exec-1";
  }, "k");
  assertEquals([seen, outcome], [[undefined, ["k"]], { threw: false, value: "exec-1" }]);
});

Deno.test("an error that names no server is told with the one that the key module named", () => {
  const owner = { name: "exec-9", hash: serverHash("exec-9") };
  const facts = { started: false, server: "web-1", target: "a.b", metadata: { m: "1" } };
  const named = nameOwner(new MeshError("UNAVAILABLE", "it is away", facts), owner);
  assertEquals(named.message, "the key module names server exec-9: it is away");
  assertEquals({ ...named, name: 0, code: 0 }, { ...facts, name: 0, code: 0 } as never);
  for (
    const other of [
      new MeshError("UNAVAILABLE", "exec-9 is away", facts),
      new MeshError("UNAVAILABLE", "it died", { started: true }),
      new MeshError("NOT_FOUND", "no such photo", facts),
    ]
  ) assert(nameOwner(other, owner) === other);
});

/** Modules in files, and a process that asks them. */
async function world(modules: Record<string, string>) {
  const directory = await Deno.makeTempDir({ prefix: "mesh-keys-" });
  for (const [name, code] of Object.entries(modules)) {
    await Deno.writeTextFile(`${directory}/${name}`, code);
  }
  const owners = new KeyOwners();
  return {
    owners,
    directory,
    group: (facts: Partial<KeyGroup>): KeyGroup => ({
      name: "main",
      services: ["quotes"],
      keys: [],
      stamp: "1",
      ...facts,
      module: `${directory}/${facts.module ?? "keys.js"}`,
    }),
    async ask(key: string | undefined, facts: Partial<CallRequest> = {}): Promise<string> {
      const request = { target: "quotes.price", key, keyExplicit: true, pinnedHash: 0, ...facts };
      const answer = await owners.find(request as CallRequest, new CallScope());
      if (answer === null) return "not asked";
      return answer instanceof MeshError ? `${answer.code}: ${answer.message}` : answer.name;
    },
    [Symbol.asyncDispose]: () => Deno.remove(directory, { recursive: true }),
  };
}

Deno.test("a function is asked only where it decides", async () => {
  await using w = await world({ "keys.js": `export default (key) => "exec-" + key;` });
  const { ask, owners } = w;
  assertEquals([owners.active, await ask("7")], [false, "not asked"]);
  await owners.change({ groups: [w.group({ keys: ["club"] })] });
  assertEquals([owners.active, await ask("7")], [true, "exec-7"]);
  assertEquals(await ask("club"), "not asked", "a key of the table");
  assertEquals(await ask(undefined), "not asked");
  assertEquals(await ask("ann", { keyExplicit: false }), "not asked", "the user's identity");
  assertEquals(await ask("7", { pinnedHash: 5 }), "not asked", "a broadcast");
  assertEquals(await ask(7 as never), "not asked", "what is refused as it is written");
  assertEquals(await ask("7", { target: 7 as never }), "not asked");
  assertEquals(await ask("7", { target: "quotes" }), "not asked");
  assertEquals(await ask("7", { target: "other.price" }), "not asked");
  await owners.change({ groups: [] });
  assertEquals([owners.active, await ask("7")], [false, "not asked"]);
});

Deno.test("the default group has every service that no other group names", async () => {
  await using w = await world({ "keys.js": `export default (key) => "exec-" + key;` });
  const configured = [
    { name: "default", services: [], mode: "keyed", keyModule: w.group({}).module },
    { name: "plain", services: ["plain"], mode: "normal" },
  ];
  await w.owners.change(keyGroupsOf(configured, () => "1"));
  assertEquals(await w.ask("7", { target: "any.thing" }), "exec-7");
  assertEquals(await w.ask("7", { target: "plain.thing" }), "not asked");
});

Deno.test("a changed module is read anew, and until it is loaded the one before it answers", async () => {
  await using w = await world({
    "keys.js": `export default () => "exec-1";`,
    // Loads when it is told to.
    "late.js": `
      await new Promise((resolve) => globalThis.goOn = resolve);
      export default () => "exec-3";`,
  });
  const { ask, owners } = w;
  await owners.change({ groups: [w.group({})] });
  await owners.loadAll();
  assertEquals(await ask("k"), "exec-1");
  await Deno.writeTextFile(`${w.directory}/keys.js`, `export default () => "exec-2";`);
  assertEquals(
    await owners.change({ groups: [w.group({})] }),
    "",
    "the same stamp: nothing to load",
  );
  assertEquals(await ask("k"), "exec-1");
  assertEquals(await owners.change({ groups: [w.group({ stamp: "2" })] }), "");
  assertEquals(await ask("k"), "exec-2");
  await Deno.writeTextFile(`${w.directory}/keys.js`, `export default () => "exec-4";`);
  assertEquals(await owners.change({ groups: [w.group({ stamp: "3" })] }), "");
  assertEquals(await ask("k"), "exec-4");

  const changed = owners.change({
    groups: [w.group({ module: "late.js", services: ["quotes", "new"] })],
  });
  assertEquals(await ask("k"), "exec-4");
  const waits = ask("k", { target: "new.thing" });
  const { promise, resolve } = Promise.withResolvers<void>();
  const look = () => "goOn" in globalThis ? resolve() : void setTimeout(look, 1);
  look();
  await promise;
  (globalThis as unknown as { goOn(): void }).goOn();
  assertEquals(await changed, "");
  assertEquals([await waits, await ask("k")], ["exec-3", "exec-3"]);
});

Deno.test("a module that does not load ends calls in INTERNAL and says why, until a reload finds that it does", async () => {
  await using w = await world({ "keys.js": `export default () => "exec-1";` });
  const { ask, owners } = w;
  await owners.change({ groups: [w.group({})] });
  await owners.loadAll();
  const why = await owners.change({ groups: [w.group({ module: "none.js", stamp: "2" })] });
  assertStringIncludes(why, "groups.main.keyModule");
  assertStringIncludes(await ask("k"), "INTERNAL: groups.main.keyModule");
  await Deno.writeTextFile(`${w.directory}/none.js`, `export default () => "exec-4";`);
  assertStringIncludes(await ask("k"), "INTERNAL: groups.main.keyModule");
  assertEquals(await owners.change({ groups: [w.group({ module: "none.js", stamp: "2" })] }), "");
  assertEquals(await ask("k"), "exec-4");

  const process = new KeyOwners();
  await Deno.writeTextFile(`${w.directory}/five.js`, "export default 5;");
  await process.change({ groups: [w.group({ module: "five.js" })] });
  const error = await process.loadAll().then(() => undefined, (error) => error);
  assertEquals(error?.code, "INVALID_ARGUMENT");
  assertStringIncludes(error.message, "its default export is no function");
});
