/**
 * What processes ask their proxy beside their calls.
 *
 * @module
 */
import type { BroadcastTargets, TargetsQuestion } from "../client/broadcast.ts";
import type { Router } from "../routing/router.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * Answers a question of a process.
 *
 * @param router Knows the servers.
 * @param body The question as it came: the process is not trusted.
 * @returns The answer; `undefined` when the question makes no sense.
 */
export function answerQuestion(
  router: Pick<Router, "broadcastTargets">,
  body: Uint8Array,
): Uint8Array | undefined {
  const question = parseTargetsQuestion(body);
  if (question === undefined) return undefined;
  const servers = router.broadcastTargets(question.service, question.servers);
  const answer: BroadcastTargets = {
    servers: servers.map(({ name, hash }) => ({ name, hash })),
  };
  return encoder.encode(JSON.stringify(answer));
}

function parseTargetsQuestion(body: Uint8Array): TargetsQuestion | undefined {
  let json: Record<string, unknown>;
  try {
    json = JSON.parse(decoder.decode(body));
  } catch {
    return undefined;
  }
  if (json?.ask !== "broadcast-targets" || typeof json.service !== "string") return undefined;
  const { service, servers } = json;
  if (servers === undefined) return { ask: "broadcast-targets", service };
  if (typeof servers !== "number" || !Number.isInteger(servers) || servers < 1) return undefined;
  return { ask: "broadcast-targets", service, servers };
}
