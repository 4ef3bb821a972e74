import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { asUser, noOthersProgram, OTHER_UID } from "../tests/support/other_user.ts";
import { testUnless } from "../tests/skip.ts";
import { SECRET_FILE_MAX_BYTES } from "../limits.ts";
import { ConfigError, type Fault } from "./fault.ts";
import { loadConfig } from "./load.ts";
import { isBlank } from "./secret.ts";

/** Texts that show nothing, by what they are. */
const BLANK = {
  "an empty text": "",
  "a space": " ",
  "tabs and line breaks": "\t\r\n\v\f",
  "no-break spaces": "\u00a0\u202f\ufeff",
  "spaces of other widths": "\u2003\u3000\u1680",
  "zero-width characters": "\u200b\u200c\u200d\u2060",
  "control characters": "\u0007\u001b\u0085",
  "a soft hyphen": "\u00ad",
  "fillers of Hangul": "\u3164\u115f\uffa0",
  "the blank of Braille": "\u2800",
  "selectors of variants": "\ufe0f\u{e0100}",
  "directions and tags": "\u202e\u2066\u{e0041}",
  "lone surrogates and unassigned code points": "\ud800\u0378\uffff",
};
const VISIBLE = ["x", " x ", "\u200bx", "0", "null", "ü", "🔑", "."];

for (const [what, text] of Object.entries(BLANK)) {
  Deno.test(`a secret of ${what} is blank`, () => assert(isBlank(text)));
}

Deno.test("a secret with one visible character is not blank", () => {
  for (const text of VISIBLE) assert(!isBlank(text), JSON.stringify(text));
});

interface Sources {
  readonly link?: unknown;
  readonly env?: string;
  /** The content of `secret`; a function makes it. */
  readonly file?: string | Uint8Array | ((path: string) => void);
}

async function load({ link = {}, env, file }: Sources): Promise<string | undefined | Fault[]> {
  const cwd = await Deno.makeTempDir({ prefix: "mesh-config-" });
  try {
    await Deno.writeTextFile(join(cwd, "a.ts"), "");
    const settings = { exec: { services: ["a.ts"] }, link };
    await Deno.writeTextFile(join(cwd, "mesh.json"), JSON.stringify(settings));
    const path = join(cwd, "secret");
    if (typeof file === "function") file(path);
    else if (typeof file === "string") await Deno.writeTextFile(path, file);
    else if (file !== undefined) await Deno.writeFile(path, file);
    const { config } = await loadConfig({
      cwd,
      env: env === undefined ? {} : { MESH_SECRET: env },
    });
    return config.link.secret;
  } catch (error) {
    if (error instanceof ConfigError) return [...error.faults];
    throw error;
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
}

const SECRET_FILE = { secretFile: "secret" };
const REFUSED: Record<string, Sources & { path: string; source?: string }> = {
  ...Object.fromEntries(
    Object.entries(BLANK).flatMap(([what, text]) => [
      [`MESH_SECRET: ${what}`, { env: text, path: "link.secret", source: "MESH_SECRET" }],
      [`link.secret: ${what}`, { link: { secret: text }, path: "link.secret" }],
      // A lone surrogate cannot be written as UTF-8.
      ...(text.isWellFormed()
        ? [[`a secret file: ${what}`, { link: SECRET_FILE, file: text, path: "link.secretFile" }]]
        : []),
    ]),
  ),
  "an empty MESH_SECRET over a good secret of the file": {
    link: { secret: "good" },
    env: "",
    path: "link.secret",
    source: "MESH_SECRET",
  },
  "an empty MESH_SECRET over a good secret file": {
    link: SECRET_FILE,
    file: "good",
    env: "",
    path: "link.secret",
    source: "MESH_SECRET",
  },
  "a link.secret that is null": { link: { secret: null }, path: "link.secret" },
  "a secret file of a blank name": { link: { secretFile: " " }, path: "link.secretFile" },
  "a secret file without a name": { link: { secretFile: "" }, path: "link.secretFile" },
  "a secret file that is not there": { link: SECRET_FILE, path: "link.secretFile" },
  "a secret file that is a directory": {
    link: SECRET_FILE,
    file: (path) => Deno.mkdirSync(path),
    path: "link.secretFile",
  },
  "a secret file that is a pipe nobody writes into": {
    link: SECRET_FILE,
    file: (path) => void new Deno.Command("mkfifo", { args: [path] }).outputSync(),
    path: "link.secretFile",
  },
  "a secret file that is a device": {
    link: { secretFile: "/dev/zero" },
    path: "link.secretFile",
  },
  "a secret file that leads nowhere": {
    link: SECRET_FILE,
    file: (path) => Deno.symlinkSync("nowhere", path),
    path: "link.secretFile",
  },
  "a secret file that is not UTF-8": {
    link: SECRET_FILE,
    file: new Uint8Array([0x68, 0xff, 0xfe]),
    path: "link.secretFile",
  },
  "a secret file that is too large": {
    link: SECRET_FILE,
    file: "x".repeat(SECRET_FILE_MAX_BYTES + 1),
    path: "link.secretFile",
  },
};

for (const [what, { path, source, ...sources }] of Object.entries(REFUSED)) {
  Deno.test(`${what} is a fault of ${path}`, async () => {
    const faults = await load(sources);
    assert(Array.isArray(faults), `taken: ${JSON.stringify(faults)}`);
    assertEquals(faults.map((fault) => [fault.path, fault.source]), [[path, source]]);
    assert(!JSON.stringify(faults).includes("good"), "a secret is shown");
  });
}

Deno.test("secrets count with all their characters, those of a file without white space at its ends", async () => {
  assertEquals(await load({}), undefined);
  assertEquals(await load({ env: " a b\n" }), " a b\n");
  assertEquals(await load({ link: { secret: " a b " } }), " a b ");
  assertEquals(await load({ link: SECRET_FILE, file: "\ufeff\t a b\r\n\n" }), "a b");
  const largest = "x".repeat(SECRET_FILE_MAX_BYTES);
  assertEquals(await load({ link: SECRET_FILE, file: largest }), largest);
});

testUnless(
  noOthersProgram,
  "a secret file that cannot be read is a fault that says so",
  async () => {
    // Root reads everything; only as another user the mode counts.

    const directory = await Deno.makeTempDir({ prefix: "mesh-config-" });
    try {
      await Deno.chmod(directory, 0o755);
      await Deno.writeTextFile(join(directory, "a.ts"), "");
      await Deno.writeTextFile(join(directory, "secret"), "hush");
      await Deno.chmod(join(directory, "secret"), 0o600);
      const settings = { exec: { services: ["a.ts"] }, link: SECRET_FILE };
      await Deno.writeTextFile(join(directory, "mesh.json"), JSON.stringify(settings));
      const main = new URL("../main.ts", import.meta.url).pathname;
      const config = new URL("../deno.json", import.meta.url).pathname;
      const words = ["run", "-A", "--config", config, main, "run", "--config", "mesh.json"];
      const [command, args] = asUser(OTHER_UID, Deno.execPath(), words);
      const { code, stderr } = await new Deno.Command(command, {
        args,
        cwd: directory,
        env: { NO_COLOR: "1", DENO_DIR: join(directory, "nowhere") },
      }).output();
      const text = new TextDecoder().decode(stderr);
      assertEquals(code, 2, text);
      assertStringIncludes(text, "link.secretFile");
      assertStringIncludes(text, "Permission denied");
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
);
