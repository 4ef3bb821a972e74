import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { noOtherUser, OTHER_UID } from "../tests/support/other_user.ts";
import { testUnless } from "../tests/skip.ts";
import { privateDirectoryFault } from "./private_directory.ts";

const uid = Deno.uid() ?? 0;

function temporary(): { path: string } & Disposable {
  const path = Deno.makeTempDirSync({ prefix: "mesh-private-" });
  return { path, [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }) };
}

function makeDirectory(path: string, mode: number): void {
  Deno.mkdirSync(path);
  Deno.chmodSync(path, mode);
}

interface Case {
  readonly what: string;
  /** Makes `base/d`, which is then looked at. */
  readonly make: (base: string) => void;
  readonly why?: "missing" | "kind" | "unsafe";
  /** What the text names beside the reason. */
  readonly says?: string;
  readonly rootOnly?: true;
}

const private_ = (path: string) => makeDirectory(path, 0o700);
const CASES: readonly Case[] = [
  { what: "mode 0700", make: (base) => private_(`${base}/d`) },
  {
    what: "mode 2700 (its group is inherited)",
    make: (base) => makeDirectory(`${base}/d`, 0o2700),
  },
  ...[0o701, 0o710, 0o720, 0o704, 0o755, 0o770, 0o777, 0o1777].map((mode): Case => ({
    what: `mode ${mode.toString(8).padStart(4, "0")}`,
    make: (base) => makeDirectory(`${base}/d`, mode),
    why: "unsafe",
    says: "chmod 700",
  })),
  {
    what: "a link to a private directory",
    make: (base) => {
      private_(`${base}/real`);
      Deno.symlinkSync("real", `${base}/d`);
    },
    why: "unsafe",
    says: "symbolic link",
  },
  {
    what: "a link to nothing",
    make: (base) => Deno.symlinkSync("nowhere", `${base}/d`),
    why: "unsafe",
    says: "symbolic link",
  },
  {
    what: "a link to itself",
    make: (base) => Deno.symlinkSync("d", `${base}/d`),
    why: "unsafe",
    says: "symbolic link",
  },
  { what: "a file", make: (base) => Deno.writeTextFileSync(`${base}/d`, ""), why: "kind" },
  {
    what: "a pipe",
    make: (base) => void new Deno.Command("mkfifo", { args: [`${base}/d`] }).outputSync(),
    why: "kind",
  },
  { what: "nothing", make: () => {}, why: "missing" },
  {
    what: "another user's",
    make: (base) => {
      private_(`${base}/d`);
      Deno.chownSync(`${base}/d`, OTHER_UID, OTHER_UID);
    },
    why: "unsafe",
    says: `the user ${OTHER_UID}`,
    rootOnly: true,
  },
];

for (const { what, make, why, says, rootOnly } of CASES) {
  testUnless(
    rootOnly && noOtherUser,
    `privateDirectoryFault() of ${what} is ${why ?? "nothing"}`,
    () => {
      using base = temporary();
      make(base.path);
      const fault = privateDirectoryFault(`${base.path}/d`, uid);
      assertEquals(fault?.why, why);
      if (fault !== undefined) assertStringIncludes(fault.text, `${base.path}/d`);
      if (says !== undefined) assertStringIncludes(fault!.text, says);
    },
  );
}

/** The way to a private directory: what is done to `base/up`, in which it is; `base/way` may lead there. */
const WAYS: readonly (Omit<Case, "why"> & { safe: boolean; path?: string })[] = [
  { what: "mode 0755", make: (base) => Deno.chmodSync(`${base}/up`, 0o755), safe: true },
  { what: "mode 1777, as /tmp", make: (base) => Deno.chmodSync(`${base}/up`, 0o1777), safe: true },
  {
    what: "mode 0777",
    make: (base) => Deno.chmodSync(`${base}/up`, 0o777),
    safe: false,
    says: "chmod go-w",
  },
  {
    what: "mode 0775 and a group that others may be in",
    make: (base) => {
      Deno.chownSync(`${base}/up`, null, OTHER_UID);
      Deno.chmodSync(`${base}/up`, 0o775);
    },
    safe: false,
    says: "chmod go-w",
    rootOnly: true,
  },
  {
    // As with a umask of 002, where each user has a group of his own; root's is one on every system.
    what: "mode 0775 and the user's own group",
    make: (base) => Deno.chmodSync(`${base}/up`, 0o775),
    safe: true,
    rootOnly: true,
  },
  { what: "a link of ours", make: () => {}, path: "way/d", safe: true },
  {
    what: "a link of ours into a directory that others may write",
    make: (base) => Deno.chmodSync(`${base}/up`, 0o777),
    path: "way/d",
    safe: false,
    says: "/up has mode",
  },
  { what: "a detour", make: () => {}, path: "up/../way/../up/d", safe: true },
  {
    what: "another user's directory",
    make: (base) => Deno.chownSync(`${base}/up`, OTHER_UID, OTHER_UID),
    safe: false,
    says: `the user ${OTHER_UID}`,
    rootOnly: true,
  },
  {
    what: "another user's link",
    make: (base) => {
      new Deno.Command("chown", { args: ["-h", `${OTHER_UID}`, `${base}/way`] }).outputSync();
    },
    path: "way/d",
    safe: false,
    says: `the link`,
    rootOnly: true,
  },
];

for (const { what, make, safe, says, path = "up/d", rootOnly } of WAYS) {
  testUnless(
    rootOnly && noOtherUser,
    `a private directory reached through ${what} is ${safe ? "safe" : "not safe"}`,
    () => {
      using base = temporary();
      private_(`${base.path}/up`);
      private_(`${base.path}/up/d`);
      Deno.symlinkSync(`${base.path}/up`, `${base.path}/way`);
      make(base.path);
      const fault = privateDirectoryFault(`${base.path}/${path}`, uid);
      assertEquals(fault?.why, safe ? undefined : "unsafe", fault?.text);
      if (says !== undefined) assert(fault!.text.includes(says), fault!.text);
    },
  );
}

Deno.test("links that lead in a circle are refused, not followed for ever", () => {
  using base = temporary();
  Deno.symlinkSync("b", `${base.path}/a`);
  Deno.symlinkSync("a", `${base.path}/b`);
  assertEquals(privateDirectoryFault(`${base.path}/a/d`, uid)?.why, "kind");
});
