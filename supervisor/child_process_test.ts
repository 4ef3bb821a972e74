import { assertEquals } from "@std/assert";
import { ChildProcess, firstLineOf, howItEnded, readText } from "./child_process.ts";

const shell = (script: string) =>
  new Deno.Command("/bin/sh", { args: ["-c", script], stdout: "piped" }).spawn();

Deno.test("howItEnded() names an exit code, or the signal that killed a process", async () => {
  for (const [script, said] of [["exit 3", "exit code 3"], ["kill -9 $$", "SIGKILL"]] as const) {
    const process = shell(script);
    assertEquals(howItEnded(await new ChildProcess(process).ended), said);
    await process.stdout.cancel();
  }
});

Deno.test("a process that does not listen to SIGTERM is killed, and one that has ended gets no signal", async () => {
  const process = shell("trap '' TERM; echo deaf; while :; do sleep 1; done");
  const child = new ChildProcess(process);
  const line = Promise.withResolvers<string>();
  const text = readText(process.stdout, (text) => line.resolve(firstLineOf(text) ?? ""));
  assertEquals(await line.promise, "deaf");
  await child.end(10);
  assertEquals(howItEnded(await child.ended), "SIGKILL");
  child.kill("SIGTERM");
  assertEquals(await text, "deaf\n");
});
