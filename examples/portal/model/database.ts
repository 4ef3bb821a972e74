/**
 * The portal's SQLite database: one file that several exec processes have open at once.
 *
 * @module
 */
import { linkSync, lstatSync, mkdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { DatabaseSync } from "node:sqlite";

/** How long a statement waits for another process's transaction. */
const BUSY_TIMEOUT_MS = 1_000;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS portfolios (
    user TEXT PRIMARY KEY,
    version INTEGER NOT NULL DEFAULT 1
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS positions (
    user TEXT NOT NULL REFERENCES portfolios (user) ON DELETE CASCADE,
    symbol TEXT NOT NULL,
    shares REAL NOT NULL CHECK (shares > 0),
    cost REAL NOT NULL CHECK (cost >= 0),
    PRIMARY KEY (user, symbol)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS profiles (
    user TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    preferences TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
`;

/**
 * Where the database is: `PORTAL_DB`, or `portal.db` in a directory of this user's under the system's
 * directory for temporary files, which is made if need be.
 *
 * @throws When somebody else owns that directory.
 */
export function databasePath(): string {
  const configured = process.env.PORTAL_DB;
  if (configured) return configured;
  const directory = join(tmpdir(), `mesh-portal-${process.getuid?.() ?? "user"}`);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const status = lstatSync(directory);
  if (!status.isDirectory() || (process.getuid && status.uid !== process.getuid())) {
    throw new Error(
      `portal database: ${directory} belongs to somebody else; set PORTAL_DB to a path of your own`,
    );
  }
  return join(directory, "portal.db");
}

/**
 * Opens the database, and creates it if it is not there.
 *
 * @param path The file.
 * @returns A connection that waits up to a second for other processes' writes. The caller closes it.
 */
export function openDatabase(path: string): DatabaseSync {
  mkdirSync(dirname(path), { recursive: true });
  createAside(path);
  return connect(path);
}

/**
 * A new database is made under a name of its own and then linked into place. Two processes that start together
 * would otherwise both switch the same file to write-ahead logging, which SQLite refuses to wait for.
 */
function createAside(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) return;
  const aside = `${path}.${process.pid}.${crypto.randomUUID()}`;
  try {
    connect(aside).close();
    linkSync(aside, path);
  } catch (error) {
    // The other process was faster; its file is as good as ours.
    if ((error as { code?: string }).code !== "EEXIST") throw error;
  } finally {
    for (const end of ["", "-wal", "-shm"]) rmSync(aside + end, { force: true });
  }
}

function connect(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
  try {
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
    database.exec(SCHEMA);
    if (!hasVersions(database)) addVersions(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Portfolios of the first portals had no version. */
function hasVersions(database: DatabaseSync): boolean {
  const columns = database.prepare("SELECT name FROM pragma_table_info('portfolios')").all();
  return columns.some(({ name }) => name === "version");
}

function addVersions(database: DatabaseSync): void {
  transaction(database, () => {
    // Another process may have been faster while this one waited for the lock.
    if (hasVersions(database)) return;
    database.exec("ALTER TABLE portfolios ADD COLUMN version INTEGER NOT NULL DEFAULT 1");
  });
}

/**
 * Runs a function in a transaction that takes the write lock at once, so that what it reads is still true when it
 * writes.
 *
 * @returns What the function returns; nothing is written when it throws.
 */
export function transaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    database.exec("ROLLBACK");
    throw error;
  }
}

let shared: DatabaseSync | undefined;

/** This process's connection, opened at the first call: loading a service touches no file. */
export function sharedDatabase(): DatabaseSync {
  return shared ??= openDatabase(databasePath());
}
