/** Runtime directories: prepared by strangers, and with files of users. */
import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { join } from "@std/path";
import { attach } from "../../client/attach.ts";
import { meshInvocation } from "../../cli/program.ts";
import { type Project, project } from "../support/spawned_mesh.ts";
import { native } from "../../native/ffi.ts";
import { exists, isAlive, processesOf, serve } from "../chaos/support/servers.ts";
import { testUnless } from "../skip.ts";
import {
  asUser,
  noOthersProgram,
  noOtherUser,
  OTHER_UID,
  VICTIM_UID,
} from "../support/other_user.ts";

// Now, and not in the first test that attaches: its leak sanitizer would report an open library.
native();

const FILES = {
  "echo.js": `export const echo = (input) => input;\nexport const pid = () => Deno.pid;`,
};
const EXEC = ["--role", "exec", "--services", "echo.js", "--processes"];
const run = (...words: string[]) => ["run", "--name", "one", ...EXEC, "1", ...words];

/** Everything below a directory: path → kind, mode, owner, and what is in it. */
function picture(directory: string, prefix = ""): Record<string, string> {
  const found: Record<string, string> = {};
  for (const { name } of Deno.readDirSync(directory)) {
    const path = join(directory, name);
    const { isFile, isDirectory, isSymlink, mode, uid } = Deno.lstatSync(path);
    const content = isFile ? Deno.readTextFileSync(path) : isSymlink ? Deno.readLinkSync(path) : "";
    found[prefix + name] = [isFile, isDirectory, isSymlink, mode, uid, content].join(" ");
    if (isDirectory) Object.assign(found, picture(path, `${prefix}${name}/`));
  }
  return found;
}

/** Makes things at a path. */
const MAKE = {
  file: (path: string) => Deno.writeTextFileSync(path, "a user's own"),
  directory: (path: string) => {
    Deno.mkdirSync(path, { mode: 0o700 });
    Deno.writeTextFileSync(join(path, "notes.txt"), "a user's own");
  },
  link: (path: string) => Deno.symlinkSync("echo.js", path),
  "dangling link": (path: string) => Deno.symlinkSync("nowhere", path),
  pipe: (path: string) => void new Deno.Command("mkfifo", { args: [path] }).outputSync(),
};

/** What may lie where a server's runtime directory is to be, made at `p/run`, and what is said of it. */
const HOSTILE: readonly {
  what: string;
  make: (p: Project) => void;
  says: RegExp;
  dir?: string;
  missing?: string | undefined;
}[] = [
  ...[0o755, 0o770, 0o701, 0o1777].map((mode) => ({
    what: `of mode ${mode.toString(8)}`,
    make: ({ directory }: Project) => {
      MAKE.directory(`${directory}/run`);
      Deno.chmodSync(`${directory}/run`, mode);
    },
    says: /run has mode .*chmod 700 .*run/,
  })),
  {
    what: "that is a link to a private directory",
    make: ({ directory }) => {
      MAKE.directory(`${directory}/real`);
      Deno.symlinkSync("real", `${directory}/run`);
    },
    says: /run is a symbolic link/,
  },
  {
    what: "that is a link to nothing",
    make: ({ directory }) => MAKE["dangling link"](`${directory}/run`),
    says: /run is a symbolic link/,
  },
  {
    what: "that is a file",
    make: ({ directory }) => MAKE.file(`${directory}/run`),
    says: /run is no directory/,
  },
  {
    what: "that is a pipe",
    make: ({ directory }) => MAKE.pipe(`${directory}/run`),
    says: /run is no directory/,
  },
  {
    what: "in a directory that others may write",
    make: ({ directory }) => {
      Deno.mkdirSync(`${directory}/open`);
      Deno.chmodSync(`${directory}/open`, 0o777);
    },
    dir: "open/run",
    says: /open has mode 0777.*chmod go-w/,
  },
  {
    what: "two levels below a directory that others may write",
    make: ({ directory }) => {
      Deno.mkdirSync(`${directory}/open/below`, { recursive: true });
      Deno.chmodSync(`${directory}/open`, 0o777);
    },
    dir: "open/below/not/yet/run",
    says: /open has mode 0777.*chmod go-w/,
  },
  {
    what: "of another user",
    make: ({ directory }) => {
      MAKE.directory(`${directory}/run`);
      Deno.chownSync(`${directory}/run`, OTHER_UID, OTHER_UID);
    },
    says: new RegExp(`run belongs to the user ${OTHER_UID}`),
    missing: noOtherUser,
  },
  {
    what: "in another user's directory",
    make: ({ directory }) => {
      Deno.mkdirSync(`${directory}/his`);
      Deno.chownSync(`${directory}/his`, OTHER_UID, OTHER_UID);
    },
    dir: "his/run",
    says: new RegExp(`his belongs to the user ${OTHER_UID}`),
    missing: noOtherUser,
  },
];

for (const { what, make, says, dir = "run", missing } of HOSTILE) {
  testUnless(
    missing,
    `A runtime directory ${what} is refused and left as it is, by servers and by clients`,
    async () => {
      await using p = await project(FILES);
      make(p);
      const before = picture(p.directory);
      const { code, stdout, stderr } = await p.mesh(...run("--runtime-dir", dir));
      assertEquals([code, stdout], [1, ""], stderr);
      assertMatch(stderr, says);
      assertEquals(stderr.trim().split("\n").length, 1, stderr);
      assertEquals(picture(p.directory), before);

      const status = await p.mesh("status", "--runtime-dir", dir);
      assertEquals([status.code, status.stdout], [1, ""], status.stderr);
      await assertRejects(() => attach({ runtimeDir: join(p.directory, dir) }));
      assertEquals(picture(p.directory), before);
    },
  );
}

const clientCommands = [
  ["status"],
  ["call", "echo.echo", "5"],
  ["why", "echo.echo"],
  ["reload"],
  ["drain"],
];
testUnless(
  noOthersProgram,
  "A server of another user is told nothing and asked nothing, by any command and by attach()",
  async () => {
    await using p = await project(FILES);
    await Deno.chmod(p.directory, 0o755);
    const home = join(p.directory, "home");
    await Deno.mkdir(home);
    await Deno.chown(home, OTHER_UID, OTHER_UID);
    const { command, args } = meshInvocation(run("--runtime-dir", "home/run"));
    const [asOther, words] = asUser(OTHER_UID, command, args);
    const server = new Deno.Command(asOther, {
      args: words,
      cwd: p.directory,
      env: { HOME: home, DENO_DIR: join(home, "deno"), NO_COLOR: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const reader = server.stdout.getReader();
    try {
      const { value } = await reader.read();
      assertStringIncludes(new TextDecoder().decode(value), "ready name=one");
      const runtimeDir = join(home, "run");
      for (const words of clientCommands) {
        const { code, stdout, stderr } = await p.mesh(...words, "--runtime-dir", runtimeDir);
        assertEquals([code, stdout], [1, ""], stderr);
        assertStringIncludes(stderr, `the user ${OTHER_UID}`);
      }
      const refused = await assertRejects(() => attach({ runtimeDir }));
      assertEquals((refused as { code?: string }).code, "PERMISSION_DENIED");
      // Also where the directory itself could be a user's own: what listens there is not.
      const mine = join(p.directory, "mine");
      await Deno.mkdir(mine, { mode: 0o700 });
      await Deno.link(join(runtimeDir, "control.sock"), join(mine, "control.sock"));
      const there = await assertRejects(() => attach({ runtimeDir: mine }));
      assertEquals((there as { code?: string }).code, "PERMISSION_DENIED", String(there));
      assert(isAlive(server.pid), "it serves on");
    } finally {
      server.kill("SIGTERM");
      await server.status;
      await reader.cancel();
    }
  },
);

testUnless(
  noOthersProgram,
  "The default directory that another user has prepared is refused: a server there would run that user's code",
  async () => {
    const parent = `/dev/shm/mesh-${VICTIM_UID}`;
    await using p = await project(FILES);
    await Deno.chmod(p.directory, 0o755);
    const home = join(p.directory, "home");
    await Deno.mkdir(home);
    await Deno.chown(home, VICTIM_UID, VICTIM_UID);
    try {
      await Deno.mkdir(join(parent, "one", "program", "worker"), { recursive: true });
      await Deno.writeTextFile(
        join(parent, "one", "program", "worker", "worker_main.ts"),
        `Deno.writeTextFileSync("${home}/hurt", "");`,
      );
      new Deno.Command("chmod", { args: ["-R", "777", parent] }).outputSync();
      new Deno.Command("chown", { args: ["-R", `${OTHER_UID}`, parent] }).outputSync();
      for (const words of [run(), ["status"]]) {
        const { command, args } = meshInvocation(words);
        const [asVictim, all] = asUser(VICTIM_UID, command, args);
        const { code, stderr } = await new Deno.Command(asVictim, {
          args: all,
          cwd: p.directory,
          env: { HOME: home, DENO_DIR: join(home, "deno"), NO_COLOR: "1" },
          stdin: "null",
        }).output();
        const text = new TextDecoder().decode(stderr);
        assertEquals(code, 1, text);
        assertStringIncludes(text, `${parent} belongs to the user ${OTHER_UID}`);
      }
      assert(!exists(join(home, "hurt")));
    } finally {
      await Deno.remove(parent, { recursive: true });
    }
  },
);

for (const name of ["segment", "control.sock", "admin.sock"]) {
  for (const [kind, make] of Object.entries(MAKE)) {
    Deno.test(`A ${kind} named ${name} is not the server's: the start is refused and nothing is changed`, async () => {
      await using p = await project(FILES);
      await Deno.mkdir(join(p.directory, "run"), { mode: 0o700 });
      make(join(p.directory, "run", name));
      const before = picture(p.directory);
      const { code, stdout, stderr } = await p.mesh(...run("--runtime-dir", "run"));
      assertEquals([code, stdout], [1, ""], stderr);
      assertStringIncludes(stderr, join(p.directory, "run", name));
      assertEquals(picture(p.directory), before);
      assertEquals(processesOf(p.directory), []);
    });
  }
}

const OWN = {
  "program/worker/worker_main.ts": `throw new Error("a user's own");`,
  "program/notes.txt": "mine",
  "web_import_map.json": "{}",
  "exec_import_map.json": `{"imports":{"mesh":"./nowhere.ts"}}`,
  "mesh-run-notes/a.txt": "not a run",
  "mesh-run-00000000-0000-4000-8000-000000000000": "a file of that name",
  ".hidden": "",
};

Deno.test("Files of a user in a runtime directory survive a server's life, its death and its successor", async () => {
  await using p = await project(
    Object.fromEntries(
      Object.entries({
        ...FILES,
        ...Object.fromEntries(Object.entries(OWN).map(([k, v]) => [`one/${k}`, v])),
      }),
    ),
  );
  await Deno.chmod(join(p.directory, "one"), 0o700);
  const directory = join(p.directory, "one");
  const before = picture(directory);
  const first = await serve(p, "one", ...EXEC, "1");
  assertEquals((await p.mesh("call", "echo.echo", "5", "--runtime-dir", "one")).stdout, "5\n");
  first.kill("SIGKILL");
  await first.ended;
  assert(Object.keys(picture(directory)).length > Object.keys(before).length, "it left its files");
  const second = await serve(p, "one", ...EXEC, "1");
  assertEquals((await p.mesh("call", "echo.echo", "6", "--runtime-dir", "one")).stdout, "6\n");
  second.kill("SIGTERM");
  assertEquals((await second.ended).code, 0);
  assertEquals(picture(directory), before);
});

Deno.test("What a user puts in the place of a server's files while it runs survives its end", async () => {
  await using p = await project(FILES);
  await Deno.mkdir(join(p.directory, "one"), { mode: 0o700 });
  const server = await serve(p, "one", ...EXEC, "1");
  const paths = ["segment", "control.sock", "admin.sock"].map((name) =>
    join(server.runtimeDir, name)
  );
  for (const path of paths) {
    await Deno.remove(path);
    MAKE.file(path);
  }
  server.kill("SIGTERM");
  assertEquals((await server.ended).code, 0);
  for (const path of paths) assertEquals(await Deno.readTextFile(path), "a user's own");
});

Deno.test("A file that has the name of a removed runtime directory survives the server's end", async () => {
  await using p = await project(FILES);
  const server = await serve(p, "one", ...EXEC, "1");
  await Deno.remove(server.runtimeDir, { recursive: true });
  MAKE.file(server.runtimeDir);
  server.kill("SIGTERM");
  assertEquals((await server.ended).code, 0);
  assertEquals(await Deno.readTextFile(server.runtimeDir), "a user's own");
});

for (
  const [what, env] of Object.entries({
    "an empty MESH_SECRET": "",
    "a blank MESH_SECRET": " \t",
    "a MESH_SECRET of zero width": "\u200b\u2060",
  })
) {
  Deno.test(`${what} ends the start with exit code 2 and names the setting`, async () => {
    await using p = await project(FILES);
    const { command, args } = meshInvocation(run("--runtime-dir", "run", "--link", "127.0.0.1:0"));
    for (const words of [args, meshInvocation(["check", ...EXEC, "1"]).args]) {
      const { code, stdout, stderr } = await new Deno.Command(command, {
        args: [...words],
        cwd: p.directory,
        env: { MESH_SECRET: env, NO_COLOR: "1" },
        stdin: "null",
      }).output();
      const text = new TextDecoder().decode(stderr);
      assertEquals([code, stdout.length], [2, 0], text);
      assertStringIncludes(text, "link.secret (MESH_SECRET)");
      assert(!exists(join(p.directory, "run")));
    }
  });
}

Deno.test("A server's directory, sockets and files are its user's alone, whatever the umask", async () => {
  await using p = await project(FILES);
  for (const umask of ["0000", "0277"]) {
    const { command, args } = meshInvocation(run("--runtime-dir", "new/run"));
    const server = new Deno.Command("/bin/sh", {
      args: ["-c", `umask ${umask}; exec "$@"`, "sh", command, ...args],
      cwd: p.directory,
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const reader = server.stdout.getReader();
    try {
      assertStringIncludes(new TextDecoder().decode((await reader.read()).value), "ready");
      const modes = Object.entries(picture(join(p.directory, "new"))).map(([path, text]) => {
        const [, isDirectory, , mode] = text.split(" ");
        return [path, isDirectory === "true", Number(mode) & 0o777] as const;
      });
      assert(modes.length > 4, JSON.stringify(modes));
      for (const [path, isDirectory, mode] of modes) {
        assertEquals(mode, isDirectory ? 0o700 : 0o600, path);
      }
    } finally {
      server.kill("SIGTERM");
      assertEquals((await server.status).code, 0);
      await reader.cancel();
    }
    assertEquals(exists(join(p.directory, "new")), false);
  }
});
