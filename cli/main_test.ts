import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { capturedIo } from "../tests/support/captured_io.ts";
import { main } from "./main.ts";
import { meshInvocation } from "./program.ts";

async function mesh(...words: string[]) {
  const io = capturedIo();
  const code = await main(words, io);
  return { code, stdout: io.stdout(), stderr: io.stderr() };
}

Deno.test("mesh help, --help and -h print the same help on stdout", async () => {
  const help = await mesh("help");
  assertEquals([help.code, help.stderr], [0, ""]);
  assertStringIncludes(help.stdout, "Usage: mesh <command>");
  assertEquals(await mesh("--help"), help);
  assertEquals(await mesh("-h"), help);
});

Deno.test("mesh help <command> and mesh <command> --help print the same help", async () => {
  const help = await mesh("help", "run");
  assertEquals([help.code, help.stderr], [0, ""]);
  assertStringIncludes(help.stdout, "--services <files|dir>");
  assertEquals(await mesh("run", "--help"), help);
});

Deno.test("mesh --version prints one line", async () => {
  const { code, stdout } = await mesh("--version");
  assertEquals(code, 0);
  assertMatch(stdout, /^mesh \d+\.\d+\.\d+ .*\n$/);
});

Deno.test("mesh without a command is wrong usage and tells the usage on stderr", async () => {
  const { code, stdout, stderr } = await mesh();
  assertEquals([code, stdout], [2, ""]);
  assertStringIncludes(stderr, "Usage: mesh <command>");
});

Deno.test("mesh refuses unknown commands with a suggestion and exit code 2", async () => {
  const { code, stdout, stderr } = await mesh("rnu");
  assertEquals([code, stdout], [2, ""]);
  assertStringIncludes(stderr, "unknown command rnu (did you mean run?)");
  assertStringIncludes((await mesh("help", "stauts")).stderr, "did you mean status?");
  assertEquals((await mesh("--verison")).code, 2);
});

Deno.test("mesh refuses unknown flags with a suggestion and exit code 2", async () => {
  const { code, stdout, stderr } = await mesh("call", "a.b", "--timeoutms", "5");
  assertEquals([code, stdout], [2, ""]);
  assertStringIncludes(stderr, "mesh call: unknown flag --timeoutms (did you mean --timeout-ms?)");
});

Deno.test("mesh says what is wrong with the server it is to look at, exit code 1", async () => {
  const directory = await Deno.makeTempDir({ prefix: "mesh-main-" });
  const { code, stdout, stderr } = await mesh("status", "--runtime-dir", directory);
  assertEquals([code, stdout], [1, ""]);
  assertStringIncludes(stderr, `mesh status: no server runs in ${directory}`);
  await Deno.remove(directory);
});

Deno.test("the program ends well when nobody reads its output any more", async () => {
  const { command, args } = meshInvocation(["help"]);
  const shell = [command, ...args].map((word) => `'${word}'`).join(" ");
  // The right side ends without reading; what counts is the code and the stderr of the left.
  const { stdout, stderr } = await new Deno.Command("sh", {
    args: ["-c", `(${shell}; echo "code $?" >&2) | true`],
  }).output();
  const text = new TextDecoder();
  assertEquals([text.decode(stdout), text.decode(stderr)], ["", "code 0\n"]);
});
