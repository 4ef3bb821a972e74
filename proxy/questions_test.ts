import { assertEquals } from "@std/assert";
import { answerQuestion } from "./questions.ts";

/** Knows three servers, and is asked for so many of them. */
const router = {
  broadcastTargets: (service: string, servers = 3) =>
    ["exec-1", "exec-2", "exec-3"].slice(0, servers).map((name, index) => ({
      name: `${name} of ${service}`,
      hash: index + 1,
      available: true,
    })),
};

function answerTo(question: string): unknown {
  const answer = answerQuestion(router, new TextEncoder().encode(question));
  return answer === undefined ? undefined : JSON.parse(new TextDecoder().decode(answer));
}

Deno.test("a process that asks whom to address gets all servers, or as many as it wants", () => {
  const ask = { ask: "broadcast-targets", service: "quotes" };
  const one = { name: "exec-1 of quotes", hash: 1 };
  assertEquals(answerTo(JSON.stringify({ ...ask, servers: 1 })), { servers: [one] });
  const all = answerTo(JSON.stringify(ask)) as { servers: unknown[] };
  assertEquals([all.servers.length, all.servers[0]], [3, one]);
});

Deno.test("a question that makes no sense has no answer", () => {
  const questions = [
    ...["", "null", "[]", "{}", '{"ask":"broadcast-targets"}', '{"service":"quotes"}'],
    ...['"1"', "0", "-1", "1.5", "null"].map((servers) =>
      `{"ask":"broadcast-targets","service":"quotes","servers":${servers}}`
    ),
  ];
  for (const question of questions) assertEquals(answerTo(question), undefined, question);
});
