/**
 * The documents as tests: examples type-check, links lead somewhere, tables agree with the code.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { parse } from "@std/jsonc";
import { dirname, join, normalize } from "@std/path";
import { COMMANDS } from "../cli/commands.ts";
import { COMMON_FLAGS } from "../cli/parse.ts";
import { schema } from "../config/schema.ts";
import { knownVariables } from "../config/variables.ts";
import { CODES } from "../errors.ts";
import { anchors, codeBlocks, links, prose, table } from "./support/markdown.ts";
import { projectFiles, ROOT, textOf } from "./support/source_tree.ts";

const documents = projectFiles(/\.md$/);

Deno.test("local links of the documents lead to files and headings", () => {
  const broken = documents.flatMap((path) =>
    links(textOf(path)).filter((target) => !/^[a-z]+:/.test(target)).filter((target) => {
      const [file = "", anchor] = target.split("#");
      const linked = file === "" ? path : normalize(join(dirname(path), file));
      try {
        Deno.statSync(`${ROOT}/${linked}`);
      } catch {
        return true;
      }
      return anchor !== undefined && !anchors(textOf(linked)).includes(anchor);
    }).map((target) => `${path}: ${target}`)
  );
  assertEquals(broken, []);
});

/**
 * A block whose first line is a comment with a path is a file of that name, so that blocks of the same
 * document can import each other.
 */
Deno.test("TypeScript examples of the documents type-check", async () => {
  const folder = await Deno.makeTempDir({ prefix: "mesh_docs_" });
  try {
    const files: string[] = [];
    for (const path of documents) {
      for (const { info, code, line } of codeBlocks(textOf(path))) {
        if (!/^tsx?$/.test(info[0] ?? "") || info.includes("ignore")) continue;
        const name = /^\/\/ ([\w/.]+\.tsx?)\n/.exec(code)?.[1] ?? `line_${line}.${info[0]}`;
        const file = `${folder}/${path.replace(/\.md$/, "")}/${name}`;
        assert(!files.includes(file), `${path}:${line}: a second block is named ${name}`);
        files.push(file);
        await Deno.mkdir(dirname(file), { recursive: true });
        // Not a script even without imports: names of one example must not clash with those of another.
        await Deno.writeTextFile(file, `${code}export {};\n`);
      }
    }
    assert(files.length > 0);
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["check", "--quiet", "--config", `${ROOT}/deno.json`, ...files],
      cwd: ROOT,
      env: { NO_COLOR: "1" },
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).output();
    assertEquals(code, 0, new TextDecoder().decode(stderr).replaceAll(`${folder}/`, ""));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("examples in doc comments of the public API type-check", async () => {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["check", "--quiet", "--doc", "mod.ts", "testing.ts", "errors.ts"],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
});

/** Blocks that begin with the comment `// mesh.json`. */
Deno.test("examples of mesh.json in the documents obey the schema", () => {
  const faults = documents.flatMap((path) =>
    codeBlocks(textOf(path)).flatMap(({ info, code, line }) => {
      if (!/^jsonc?$/.test(info[0] ?? "") || !code.startsWith("// mesh.json\n")) return [];
      const { error } = schema.safeParse(parse(code));
      return error?.issues.map((issue) =>
        `${path}:${line}: ${issue.path.join(".")}: ${issue.message}`
      ) ??
        [];
    })
  );
  assertEquals(faults, []);
});

Deno.test("docs/errors.md lists exactly the codes of errors.ts", () => {
  const rows = table(textOf("docs/errors.md"), "Code", "Number");
  const documented = rows.map((
    [code = "", number = ""],
  ) => [code.replaceAll("`", ""), Number(number)]);
  assertEquals(documented, Object.entries(CODES));
});

/** Command lines of the documents: in blocks of shell, and those that stand alone in code marks. */
function commandLines(text: string): string[] {
  const blocks = codeBlocks(text).filter(({ info }) => /^(sh|bash|console)$/.test(info[0] ?? ""));
  const inline = [...prose(text).matchAll(/`((?:\.\/)?mesh [^`]+)`/g)].map(([, code]) =>
    code ?? ""
  );
  return [...blocks.flatMap(({ code }) => code.replaceAll("\\\n", " ").split("\n")), ...inline]
    .map((line) => line.replace(/^\$ /, "").replace(/\s#.*$/, "").trim())
    .filter((line) => /^(\.\/)?mesh\s/.test(line));
}

Deno.test("commands and flags that the documents use exist", () => {
  const faults = documents.flatMap((path) =>
    commandLines(textOf(path)).flatMap((line) => {
      const [, name = "", ...rest] = line.split(/\s+/);
      if (/^(test|help|--version|<.*>)$/.test(name)) return [];
      const command = COMMANDS.find((command) => command.name === name);
      if (!command) return [`${path}: no such command: ${line}`];
      const flags = [...command.flags, ...COMMON_FLAGS].map((flag) => `--${flag.name}`);
      return rest.map((word) => word.replace(/=.*/, ""))
        .filter((word) => /^--\w/.test(word) && !flags.includes(word))
        .map((word) => `${path}: ${word}: ${line}`);
    })
  );
  assertEquals(faults, []);
});

Deno.test("environment variables that the documents name exist", () => {
  const known = knownVariables();
  const unknown = documents.flatMap((path) =>
    [...textOf(path).matchAll(/\bMESH_[A-Z_]+\b/g)].flatMap(([name]) =>
      known.includes(name) ? [] : [`${path}: ${name}`]
    )
  );
  assertEquals(unknown, []);
});

Deno.test("environment variables that the code reads are known, and so documented", () => {
  const unknown = projectFiles(/\.ts$/).filter((path) => !/^tests\/|_test\.ts$/.test(path))
    .flatMap((path) =>
      [...textOf(path).matchAll(/"(MESH_[A-Z_]+)"/g)].flatMap(([, name = ""]) =>
        knownVariables().includes(name) ? [] : [`${path}: ${name}`]
      )
    );
  assertEquals(unknown, []);
});
