import { assertEquals, assertMatch } from "@std/assert";
import { fromFileUrl } from "@std/path";

async function lines(program: string): Promise<string[]> {
  const log = new URL("./log.ts", import.meta.url).href;
  const { stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "eval",
      "--no-config",
      `import { Logger } from ${JSON.stringify(log)};\n${program}`,
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
