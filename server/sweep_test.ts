import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { SWEPT_DIRECTORIES_MAX } from "../limits.ts";
import { native } from "../native/ffi.ts";
import { Logger } from "../observe/log.ts";
import { Segment } from "../shm/segment.ts";
import { noOtherUser, OTHER_UID } from "../tests/support/other_user.ts";
import { testUnless } from "../tests/skip.ts";
import { sweepDeadServers } from "./sweep.ts";

native();

const log = new Logger({ level: "error", format: "text" });
const RUN = "mesh-run-00000000-0000-4000-8000-000000000000";

function parentDirectory(): { path: string } & Disposable {
  const path = Deno.makeTempDirSync({ dir: "/dev/shm", prefix: "mesh-sweep-" });
  return { path, [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }) };
}

const sizes = { slots: 1, spaceBytes: 2048 };
const segmentOf = (directory: string) => join(directory, "segment");
const names = (path: string) => [...Deno.readDirSync(path)].map(({ name }) => name).sort();

/** Directories of servers that were killed, each with all that a server has in it. */
async function dead(...directories: string[]): Promise<void> {
  const script = `
    import { Segment } from ${JSON.stringify(import.meta.resolve("../shm/segment.ts"))};
    import { ControlServer } from ${
    JSON.stringify(import.meta.resolve("../shm/control_server.ts"))
  };
    for (const directory of ${JSON.stringify(directories)}) {
      Deno.mkdirSync(directory, { mode: 0o700, recursive: true });
      Segment.create({ path: directory + "/segment", slots: 1, spaceBytes: 2048 });
      ControlServer.listen(directory + "/control.sock");
      Deno.listen({ transport: "unix", path: directory + "/admin.sock" });
      Deno.mkdirSync(directory + "/${RUN}/program", { recursive: true });
      Deno.writeTextFileSync(directory + "/${RUN}/exec_import_map.json", "{}");
    }
    Deno.kill(Deno.pid, "SIGKILL");`;
  const { signal, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-lock", script],
  }).output();
  assertEquals(signal, "SIGKILL", new TextDecoder().decode(stderr));
}

Deno.test("directories of dead servers are swept, those of live and of starting ones and all else are not", async () => {
  using parent = parentDirectory();
  const at = (name: string) => join(parent.path, name);
  await dead(at("dead-1"), at("dead-2"), at("own"));
  Deno.mkdirSync(at("live"), { mode: 0o700 });
  using _live = Segment.create({ path: segmentOf(at("live")), ...sizes });
  Deno.mkdirSync(at("starting"), { mode: 0o700 });
  Deno.mkdirSync(join(at("starting"), RUN), { mode: 0o700 });
  for (const [name, content] of [["foreign", "no segment at all"], ["short", ""]] as const) {
    Deno.mkdirSync(at(name), { mode: 0o700 });
    Deno.writeTextFileSync(segmentOf(at(name)), content);
  }
  Deno.mkdirSync(at("folder/segment"), { recursive: true, mode: 0o700 });
  Deno.mkdirSync(at("linked"), { mode: 0o700 });
  Deno.symlinkSync(segmentOf(at("own")), segmentOf(at("linked")));
  Deno.symlinkSync("own", at("link"));
  Deno.writeTextFileSync(at("file"), "");

  assertEquals(sweepDeadServers(at("own"), log, parent.path), 2);
  assertEquals(
    names(parent.path),
    ["file", "folder", "foreign", "link", "linked", "live", "own", "short", "starting"],
  );
  assertEquals(names(at("own")), ["admin.sock", "control.sock", RUN, "segment"]);
  assertEquals(names(at("live")), ["segment"]);
  assertEquals(names(at("starting")), [RUN]);
});

Deno.test("a user's own files in a dead server's directory stay, its memory goes", async () => {
  using parent = parentDirectory();
  const directory = join(parent.path, "dead");
  await dead(directory);
  Deno.mkdirSync(join(directory, "program"));
  Deno.writeTextFileSync(join(directory, "program/notes.txt"), "mine");
  Deno.writeTextFileSync(join(directory, "mesh-run-notes"), "mine");
  assertEquals(sweepDeadServers("", log, parent.path), 1);
  assertEquals(names(parent.path), ["dead"]);
  assertEquals(names(directory), ["mesh-run-notes", "program"]);
  assertEquals(Deno.readTextFileSync(join(directory, "program/notes.txt")), "mine");
  assertEquals(sweepDeadServers("", log, parent.path), 0);
});

Deno.test("what a sweeper that was killed had begun is ended by the next one", async () => {
  using parent = parentDirectory();
  const grave = (digit: number) => `.mesh-dead-${digit}0000000-0000-4000-8000-000000000000`;
  await dead(join(parent.path, grave(1)), join(parent.path, grave(2)));
  Deno.removeSync(join(parent.path, grave(2), "control.sock"));
  Deno.removeSync(segmentOf(join(parent.path, grave(2))));
  Deno.mkdirSync(join(parent.path, ".mesh-dead-notes"), { mode: 0o700 });
  sweepDeadServers("", log, parent.path);
  assertEquals(names(parent.path), [".mesh-dead-notes"]);
});

Deno.test("one start sweeps a bounded number of directories, the next ones sweep the rest", async () => {
  using parent = parentDirectory();
  const more = 3;
  const count = SWEPT_DIRECTORIES_MAX + more;
  await dead(...Array.from({ length: count }, (_, i) => join(parent.path, `dead-${i}`)));
  assertEquals(sweepDeadServers("", log, parent.path), SWEPT_DIRECTORIES_MAX);
  assertEquals(names(parent.path).length, more);
  assertEquals(sweepDeadServers("", log, parent.path), more);
  assertEquals(names(parent.path), []);
});

Deno.test("a parent that is not there, not private, or a link is not swept", async () => {
  using parent = parentDirectory();
  assertEquals(sweepDeadServers("", log, join(parent.path, "nowhere")), 0);
  await dead(join(parent.path, "real/dead"));
  Deno.symlinkSync("real", join(parent.path, "link"));
  Deno.chmodSync(join(parent.path, "real"), 0o755);
  assertEquals(sweepDeadServers("", log, join(parent.path, "link")), 0);
  assertEquals(sweepDeadServers("", log, join(parent.path, "real")), 0);
  assertEquals(names(join(parent.path, "real")), ["dead"]);
});

testUnless(noOtherUser, "another user's directory is not swept", async () => {
  using parent = parentDirectory();
  const directory = join(parent.path, "dead");
  await dead(directory);
  Deno.chownSync(directory, OTHER_UID, OTHER_UID);
  assertEquals(sweepDeadServers("", log, parent.path), 0);
  assertEquals(names(parent.path), ["dead"]);
});

Deno.test("several sweepers and servers that take the dead ones' places at once do not hurt each other", async () => {
  using parent = parentDirectory();
  const directories = Array.from({ length: 12 }, (_, i) => join(parent.path, `s${i}`));
  await dead(...directories);
  const root = JSON.stringify(import.meta.resolve("../"));
  const sweeper = `
    const { sweepDeadServers } = await import(${root} + "server/sweep.ts");
    const { Logger } = await import(${root} + "observe/log.ts");
    const log = new Logger({ level: "warn", format: "text" });
    for (let i = 0; i < 50; i++) sweepDeadServers("", log, ${JSON.stringify(parent.path)});`;
  const server = `
    const { RuntimeDir } = await import(${root} + "server/runtime_dir.ts");
    const { Segment } = await import(${root} + "shm/segment.ts");
    const { ControlServer } = await import(${root} + "shm/control_server.ts");
    for (const runtimeDir of ${
    JSON.stringify(directories)
  }.filter((_, i) => i % 2 === Number(Deno.args[0]))) {
      const directory = new RuntimeDir({ runtimeDir, runtimeDirIsDefault: false });
      directory.claim((path) => Segment.create({ path, slots: 1, spaceBytes: 2048 }));
      ControlServer.listen(directory.path("control.sock"));
    }
    console.log("serving");
    for await (const _ of Deno.stdin.readable);
    for (const runtimeDir of ${
    JSON.stringify(directories)
  }.filter((_, i) => i % 2 === Number(Deno.args[0]))) {
      const names = [...Deno.readDirSync(runtimeDir)].map(({ name }) => name.slice(0, 9))
        // A dead server's, where it was taken over before it was swept; this one makes none.
        .filter((name) => name !== "admin.soc").sort();
      console.log(names.join());
    }
    Deno.exit(0);`;
  const start = (script: string, ...args: string[]) =>
    new Deno.Command(Deno.execPath(), {
      args: [
        "eval",
        "--no-lock",
        "--config",
        `${import.meta.dirname}/../deno.json`,
        script,
        ...args,
      ],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  const servers = ["0", "1"].map((half) => start(server, half));
  const sweepers = [start(sweeper), start(sweeper)];
  const stdin = servers.map((child) => child.stdin);
  const swept = await Promise.all(sweepers.map(async (child) => {
    await child.stdin.close();
    return await child.output();
  }));
  const served = await Promise.all(servers.map(async (child, i) => {
    await stdin[i]!.close();
    return await child.output();
  }));
  for (const { code, stderr } of [...swept, ...served]) {
    assertEquals(code, 0, new TextDecoder().decode(stderr));
  }
  for (const { stdout } of served) {
    const [first, ...lines] = new TextDecoder().decode(stdout).trim().split("\n");
    assertEquals(first, "serving");
    assertEquals(lines, Array.from({ length: 6 }, () => "control.s,mesh-run-,segment"));
  }
  assert(names(parent.path).every((name) => name.startsWith("s")), names(parent.path).join());
});
