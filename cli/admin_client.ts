/**
 * Questions to a running server over its admin socket.
 *
 * By `node:http`, not by `fetch`: on Deno 2.9.6 the 26th `Deno.createHttpClient()` of a process with a Unix
 * socket as its proxy never gets an answer, closed though the others are.
 *
 * @module
 */
import { type IncomingMessage, request as httpRequest } from "node:http";
import { join } from "@std/path";
import { RuntimeFile } from "../config/runtime_dir.ts";
import { type PathFault, privateDirectoryFault } from "../shm/private_directory.ts";

/** How long a server may take to answer, in ms. */
const ANSWER_MS = 5_000;

/** A server's answer. */
export interface Answer {
  /** HTTP status. */
  readonly status: number;
  /** The body. */
  readonly text: string;
}

/**
 * Asks a server over the Unix socket in its runtime directory.
 *
 * @param runtimeDir The server's runtime directory.
 * @param path What to get, e.g. `/status`.
 * @typeParam Body What the page of that path has: it is the same version's as a rule, and is not checked.
 * @returns The answer's JSON.
 * @throws {Error} When no server runs there or it does not answer.
 */
export async function askServer<Body>(runtimeDir: string, path: string): Promise<Body> {
  const { status, text } = await request(runtimeDir, "GET", path, ANSWER_MS);
  if (status !== 200) {
    throw new Error(`the server in ${runtimeDir} answered ${status} to ${path}: ${text}`);
  }
  return JSON.parse(text);
}

/**
 * Tells a server to do something, over the Unix socket in its runtime directory.
 *
 * @param runtimeDir The server's runtime directory.
 * @param path What to do, e.g. `/reload`.
 * @param timeoutMs How long it may take to answer, in ms.
 * @returns Its answer, whatever the status.
 * @throws {Error} When no server runs there or it does not answer.
 */
export function tellServer(
  runtimeDir: string,
  path: string,
  timeoutMs = ANSWER_MS,
): Promise<Answer> {
  return request(runtimeDir, "POST", path, timeoutMs);
}

/** Whether a server runs in a directory that was found safe: somebody listens at its admin socket. */
export async function isServing(runtimeDir: string): Promise<boolean> {
  try {
    const path = join(runtimeDir, RuntimeFile.ADMIN);
    (await Deno.connect({ transport: "unix", path })).close();
    return true;
  } catch {
    return false;
  }
}

function request(
  runtimeDir: string,
  method: "GET" | "POST",
  path: string,
  timeout: number,
): Promise<Answer> {
  const fault = faultOf(runtimeDir);
  if (fault?.why === "unsafe") {
    return Promise.reject(new Error(`the server in ${runtimeDir} is not asked: ${fault.text}`));
  }
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const socketPath = join(runtimeDir, RuntimeFile.ADMIN);
  const options = { socketPath, method, path, agent: false, timeout } as const;
  const asked = httpRequest(options, (response) => {
    readAll(response).then((text) => resolve({ status: response.statusCode ?? 0, text }), reject);
  });
  asked.on("timeout", () => {
    asked.destroy(
      new Error(`the server in ${runtimeDir} did not answer to ${path} within ${timeout} ms`),
    );
  });
  asked.on("error", (error: Error & { code?: string }) => {
    const nobody = ["ENOENT", "ECONNREFUSED", "ENOTDIR"].includes(error.code ?? "");
    const why = `no server runs in ${runtimeDir} (nobody answers at ${socketPath})`;
    reject(nobody ? new Error(why, { cause: error }) : error);
  });
  asked.end();
  return promise;
}

/** Whoever may have put the socket there could tell us anything, and be told what we want. */
function faultOf(runtimeDir: string): PathFault | undefined {
  return privateDirectoryFault(runtimeDir, Deno.uid() ?? 0);
}

async function readAll(response: IncomingMessage): Promise<string> {
  response.setEncoding("utf8");
  let text = "";
  for await (const chunk of response) text += chunk;
  return text;
}
