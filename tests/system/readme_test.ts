/**
 * The README's first service, exactly as it stands there: its files, its commands, its answers.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { dirname } from "@std/path";
import { codeBlocks } from "../support/markdown.ts";
import { ROOT, textOf } from "../support/source_tree.ts";

const blocks = codeBlocks(textOf("README.md"));

/** Words of the first command line in the README that begins like this; quotes around a word are taken off. */
function commandLike(beginning: string): string[] {
  const line = blocks.flatMap(({ code }) => code.split("\n")).find((line) =>
    line.startsWith(beginning)
  );
  assert(line !== undefined, `the README has a command that begins with ${beginning}`);
  return [...line.replace(/\s+#.*$/, "").matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) =>
    quoted ?? bare ?? ""
  );
}

/** What the README says in the comment behind that command. */
function answerTo(beginning: string): string {
  const line = blocks.flatMap(({ code }) => code.split("\n")).find((line) =>
    line.startsWith(beginning)
  );
  return line?.replace(/^.*\s#\s*/, "") ?? "";
}

Deno.test("the README's first service works as it is written there", async () => {
  const project = await Deno.makeTempDir({ prefix: "mesh_readme_" });
  try {
    for (const { code } of blocks) {
      const path = /^\/\/ (\S+\.ts)\n/.exec(code)?.[1];
      if (path === undefined) continue;
      await Deno.mkdir(dirname(`${project}/${path}`), { recursive: true });
      await Deno.writeTextFile(`${project}/${path}`, code);
    }
    const runtimeDir = `${project}/runtime`;
    const [, ...run] = commandLike("./mesh run --role web --role exec");
    const listen = run.indexOf("--listen");
    const documented = run[listen + 1] ?? "";
    run[listen + 1] = "127.0.0.1:0";
    const server = new Deno.Command(`${ROOT}/mesh`, {
      args: [...run, "--processes", "1", "--runtime-dir", runtimeDir],
      cwd: project,
      env: { DENO: Deno.execPath() },
      stdin: "null",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const lines = server.stdout.pipeThrough(new TextDecoderStream()).getReader();
    try {
      const { value: ready = "" } = await lines.read();
      const web = /\bweb=(\S+)/.exec(ready)?.[1];
      assert(web !== undefined, `a ready line with the web address, not: ${ready}`);

      const [, url = ""] = commandLike("curl");
      const response = await fetch(url.replace(documented, web));
      assertEquals(await response.text(), answerTo("curl"));

      const [, ...call] = commandLike("./mesh call");
      const reply = await new Deno.Command(`${ROOT}/mesh`, {
        args: [...call, "--runtime-dir", runtimeDir],
        cwd: project,
        env: { DENO: Deno.execPath() },
        stdin: "null",
        stderr: "inherit",
      }).output();
      assertEquals(new TextDecoder().decode(reply.stdout).trim(), answerTo("./mesh call"));
    } finally {
      server.kill("SIGTERM");
      assertEquals((await server.status).code, 0);
      await lines.cancel();
    }
  } finally {
    await Deno.remove(project, { recursive: true });
  }
});
