/**
 * Questions to a running server over its admin socket.
 *
 * By `node:http`, not by `fetch`: on Deno 2.9.6 the 26th `Deno.createHttpClient()` of a process with a Unix
 * socket as its proxy never gets an answer, closed though the others are.
 *
 * @module
 */
import { get, type IncomingMessage } from "node:http";
import { join } from "@std/path";
import { RuntimeFile } from "../config/runtime_dir.ts";

/** How long a server may take to answer, in ms. */
const ANSWER_MS = 5_000;

/**
 * Asks a server over the Unix socket in its runtime directory.
 *
 * @param runtimeDir The server's runtime directory.
 * @param path What to get, e.g. `/status`.
 * @returns The answer's JSON.
 * @throws {Error} When no server runs there or it does not answer.
 */
export async function askServer(runtimeDir: string, path: string): Promise<unknown> {
  const { status, text } = await request(runtimeDir, path);
  if (status !== 200) {
    throw new Error(`the server in ${runtimeDir} answered ${status} to ${path}: ${text}`);
  }
  return JSON.parse(text);
}

/** Whether a server runs in a directory: somebody listens at its admin socket. */
export async function isServing(runtimeDir: string): Promise<boolean> {
  try {
    const path = join(runtimeDir, RuntimeFile.ADMIN);
    (await Deno.connect({ transport: "unix", path })).close();
    return true;
  } catch {
    return false;
  }
}

function request(runtimeDir: string, path: string): Promise<{ status: number; text: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>();
  const socketPath = join(runtimeDir, RuntimeFile.ADMIN);
  const asked = get({ socketPath, path, agent: false, timeout: ANSWER_MS }, (response) => {
    readAll(response).then((text) => resolve({ status: response.statusCode ?? 0, text }), reject);
  });
  asked.on("timeout", () => {
    asked.destroy(
      new Error(`the server in ${runtimeDir} did not answer to ${path} within ${ANSWER_MS} ms`),
    );
  });
  asked.on("error", (error: Error & { code?: string }) => {
    const nobody = ["ENOENT", "ECONNREFUSED", "ENOTDIR"].includes(error.code ?? "");
    const why = `no server runs in ${runtimeDir} (nobody answers at ${socketPath})`;
    reject(nobody ? new Error(why, { cause: error }) : error);
  });
  return promise;
}

async function readAll(response: IncomingMessage): Promise<string> {
  response.setEncoding("utf8");
  let text = "";
  for await (const chunk of response) text += chunk;
  return text;
}
