import { assert, assertEquals, assertMatch } from "@std/assert";
import { fromFileUrl } from "@std/path";

async function lines(program: string): Promise<string[]> {
  const log = new URL("./log.ts", import.meta.url).href;
  const flush = new URL("./process_log.ts", import.meta.url).href;
  const { stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "eval",
      "--no-config",
      `import { Logger } from ${JSON.stringify(log)};\n${program}
       const { flushLog } = await import(${JSON.stringify(flush)});
       await flushLog();`,
    ],
    cwd: fromFileUrl(new URL("..", import.meta.url)),
  }).output();
  return new TextDecoder().decode(stderr).trim().split("\n");
}

Deno.test("Logger writes one line of text per message, with its fields", async () => {
  const [first, second] = await lines(`
    const log = new Logger({ level: "info", format: "text" }, { server: "web-1" });
    log.debug("not written");
    log.info("started", { port: 80, why: "two words" });
    log.with({ slot: 3 }).warn("odd");
  `);
  assertMatch(first!, /^\S+Z info {2}started server=web-1 port=80 why="two words"$/);
  assertMatch(second!, /^\S+Z warn {2}odd server=web-1 slot=3$/);
});

Deno.test("Logger writes JSON that parses, with bigints and errors in it", async () => {
  const [line] = await lines(`
    const log = new Logger({ level: "debug", format: "json" });
    log.error("bad", { n: 12n, error: new Error("why") });
  `);
  const { level, message, n, error } = JSON.parse(line!);
  assertEquals([level, message, n], ["error", "bad", "12"]);
  assertMatch(error, /^Error: why\n/);
});

Deno.test("Logger leaves out what there is too much of, but not the lines of user code", async () => {
  const all = await lines(`
    const log = new Logger({ level: "info", format: "text" });
    const user = log.forUser({ service: "s" });
    for (let i = 0; i < 1_000; i++) {
      log.warn("a stranger was refused", { i });
      user.info("an order");
    }
  `);
  const of = (text: string) => all.filter((line) => line.includes(text));
  assertEquals(of("an order service=s").length, 1_000);
  assertEquals(of(" warn  a stranger was refused").length, 20);
  const [told] = of("more like it");
  assertMatch(told!, / warn {2}… and 980 more like it: a stranger was refused leftOut=980 inMs=/);
});

Deno.test("Logger takes whatever user code gives it, for a message and for fields", async () => {
  const all = await lines(`
    const log = new Logger({ level: "info", format: "json" }, { server: "a" }).forUser();
    const circular = {};
    circular.self = circular;
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    for (const odd of [circular, revoked.proxy, Object.create(null), null, 5n, Symbol("s"),
      { get a() { throw 1; } }, { toJSON() { throw 1; } }, new Error("e"), [[]], () => {}]) {
      log.info(odd, odd);
      log.info("odd", { odd, server: odd });
    }
    log.info("x".repeat(1e6), { ["n".repeat(1e6)]: 1 });
  `);
  assertEquals(all.length, 23);
  for (const line of all) {
    const { time, level, message, server } = JSON.parse(line);
    assertEquals([typeof time, level, typeof message, server], ["string", "info", "string", "a"]);
    assert(line.length < 20_000);
  }
});
