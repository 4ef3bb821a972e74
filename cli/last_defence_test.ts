import { assertEquals, assertMatch } from "@std/assert";

const script = `
  import { LastDefence } from ${JSON.stringify(import.meta.resolve("./last_defence.ts"))};
  import { Logger } from ${JSON.stringify(import.meta.resolve("../observe/log.ts"))};
  const defence = new LastDefence(new Logger({ level: "info", format: "text" }));
  setTimeout(() => { throw new Error("in a timer"); }, 0);
  setTimeout(() => { throw Object.create(null); }, 0);
  Promise.reject(new TypeError("nobody waits"));
  queueMicrotask(() => { throw "no error at all"; });
  setTimeout(() => {
    console.log(defence.uncaught);
    defence[Symbol.dispose]();
    setTimeout(() => { throw new Error("undefended"); }, 0);
  }, 50);`;

Deno.test("errors that nobody caught are logged and counted, and end the process only when nobody defends it", async () => {
  const output = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-lock", script],
    env: { NO_COLOR: "1" },
  }).output();
  const [stdout, stderr] = [output.stdout, output.stderr].map((b) => new TextDecoder().decode(b));
  assertEquals([output.code, stdout], [1, "4\n"], stderr);
  for (const text of ["in a timer", "nobody waits", "no error at all", "undefended"]) {
    assertMatch(stderr!, new RegExp(text));
  }
  assertMatch(stderr!, /error an error that nobody caught.*in a timer(\\n|\n) +at /);
});
