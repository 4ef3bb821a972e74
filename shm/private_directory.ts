/**
 * Directories that belong to one user alone: what lies in them was put there by that user.
 *
 * A path is as safe as its weakest part: who may rename or replace a directory on the way decides what is
 * found at its end. So all parts are looked at, as the kernel walks them, symbolic links included. What has
 * passed cannot be changed by another user afterwards.
 *
 * @module
 */
import { SYMBOLIC_LINKS_MAX } from "../limits.ts";
import { lstatSync, readFileSync, readlinkSync, type Stats } from "node:fs";
import { dirname, join, resolve } from "node:path";

/** Permission bits of group and others. */
const OTHERS = 0o077;
/** Permission bits to write of group and others. */
const OTHERS_WRITE = 0o022;
/** Whose entries only their owners (and root) may rename or remove. */
const STICKY = 0o1000;
const GROUP_WRITE = 0o020;
/** Directories of the system, whose owner in a user namespace is nobody: root is not known there. */
const SYSTEM_DIRECTORIES = new Set([
  "/",
  "/dev",
  "/dev/shm",
  "/home",
  "/run",
  "/run/user",
  "/tmp",
  "/var",
  "/var/tmp",
]);

/** What is wrong with a path. */
export interface PathFault {
  /** `missing`: nothing is there; `kind`: a part is no directory; `unsafe`: another user may have made it. */
  readonly why: "missing" | "kind" | "unsafe";
  /** What is wrong with which path, and what to do. */
  readonly text: string;
}

/**
 * What is wrong with a directory that is to be one user's own: mode 0700, no link, and in directories that
 * only that user and root can change.
 *
 * @param directory Its path.
 * @param uid The user's id.
 * @returns `undefined` when nothing is.
 * @throws Whatever the file system says when it cannot be looked at.
 */
export function privateDirectoryFault(directory: string, uid: number): PathFault | undefined {
  const path = resolve(directory);
  const above = ancestorsFault(path, uid);
  if (above !== undefined) return above;
  const found = look(path);
  if (found === undefined) return { why: "missing", text: `${path} does not exist` };
  if (found.isSymbolicLink()) {
    return unsafe(`${path} is a symbolic link; remove it, or name the directory itself`);
  }
  if (!found.isDirectory()) {
    return { why: "kind", text: `${path} is no directory; remove it, or use another one` };
  }
  if (found.uid !== uid) {
    return unsafe(
      `${path} belongs to the user ${found.uid}, not to the user ${uid} of this process; ` +
        `remove it, use another one, or be that user`,
    );
  }
  if ((found.mode & OTHERS) !== 0) {
    return unsafe(
      `${path} has mode ${
        octal(found)
      }: other users may enter; chmod 700 ${path} if all in it is yours`,
    );
  }
  return undefined;
}

/**
 * What is wrong with the directories that a path leads through.
 *
 * @param path Absolute path; its last part is not looked at, and need not exist.
 * @param uid The user whose it is to be.
 */
export function ancestorsFault(path: string, uid: number): PathFault | undefined {
  const todo = dirname(path).split("/").filter((part) => part !== "");
  let at = "/";
  let links = 0;
  for (;;) {
    const fault = ancestorFault(at, uid);
    if (fault !== undefined) return fault;
    const part = todo.shift();
    if (part === undefined) return undefined;
    if (part === ".") continue;
    if (part === "..") {
      at = dirname(at);
      continue;
    }
    const next = join(at, part);
    const found = look(next);
    if (found === undefined) return { why: "missing", text: `${next} does not exist` };
    if (!found.isSymbolicLink()) {
      at = next;
      continue;
    }
    if (found.uid !== uid && found.uid !== 0) return foreign(next, found, "link");
    if (++links > SYMBOLIC_LINKS_MAX) {
      return { why: "kind", text: `${next}: too many symbolic links` };
    }
    const target = readlinkSync(next);
    todo.unshift(...target.split("/").filter((part) => part !== ""));
    if (target.startsWith("/")) at = "/";
  }
}

function ancestorFault(path: string, uid: number): PathFault | undefined {
  const found = look(path);
  if (found === undefined) return { why: "missing", text: `${path} does not exist` };
  if (!found.isDirectory()) return { why: "kind", text: `${path} is no directory` };
  if (found.uid !== uid && found.uid !== 0 && !systemsOwn(path, found)) {
    return foreign(path, found, "directory");
  }
  const others = found.mode & OTHERS_WRITE;
  if (
    others !== 0 && (found.mode & STICKY) === 0 &&
    !(others === GROUP_WRITE && isOwnGroup(found, uid))
  ) {
    return unsafe(
      `${path} has mode ${octal(found)}: other users may replace what is in it; ` +
        `chmod go-w ${path}, or use a directory elsewhere`,
    );
  }
  return undefined;
}

/** In a user namespace everybody who is not in it looks like one and the same user. */
function systemsOwn(path: string, { uid }: Stats): boolean {
  return SYSTEM_DIRECTORIES.has(path) && uid === overflowUid();
}

function overflowUid(): number | undefined {
  try {
    const [[from, , count] = []] = readFileSync("/proc/self/uid_map", "utf8").trim().split("\n")
      .map((line) => line.trim().split(/\s+/).map(Number));
    if (from === 0 && count === 0xffff_ffff) return undefined; // the whole machine's users
    return Number(readFileSync("/proc/sys/kernel/overflowuid", "utf8"));
  } catch {
    return undefined;
  }
}

/**
 * Whether a group is a user's own (the way of many systems, with a umask of 002): nobody else is in it.
 *
 * @param found What belongs to the group.
 * @param uid The user.
 */
function isOwnGroup(found: Stats, uid: number): boolean {
  if (found.uid !== uid) return false;
  try {
    const users = table("/etc/passwd");
    const name = users.find(([, , id]) => Number(id) === uid)?.[0];
    const group = table("/etc/group").find(([, , id]) => Number(id) === found.gid);
    if (name === undefined || group === undefined) return false;
    const members = (group[3] ?? "").split(",").filter((member) => member !== "");
    return members.every((member) => member === name) &&
      users.every(([, , id, gid]) => Number(gid) !== found.gid || Number(id) === uid);
  } catch {
    return false; // nobody can say who is in it
  }
}

function table(path: string): string[][] {
  return readFileSync(path, "utf8").split("\n").filter((line) => line !== "")
    .map((line) => line.split(":"));
}

function foreign(path: string, { uid }: Stats, kind: string): PathFault {
  return unsafe(
    `the ${kind} ${path} belongs to the user ${uid}, who may replace what it leads to; ` +
      `be that user, or use a directory elsewhere`,
  );
}

function unsafe(text: string): PathFault {
  return { why: "unsafe", text };
}

function octal({ mode }: Stats): string {
  return (mode & 0o7777).toString(8).padStart(4, "0");
}

function look(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === "ENOENT") return undefined;
    throw error;
  }
}
