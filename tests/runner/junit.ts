/**
 * Reads the report that `deno test --junit-path` writes.
 *
 * @module
 */
import type { Outcome } from "./outcome.ts";

/**
 * The outcome of a `deno test` run; steps count as tests.
 *
 * @param xml The report.
 * @returns Names are `file: test`.
 */
export function parseJunit(xml: string): Outcome {
  const outcome: Outcome = { passed: 0, failed: [], skipped: [] };
  // deno writes one form only, and escapes every "<" of a name or message: no XML parser is needed.
  for (
    const match of xml.matchAll(
      /<testcase name="([^"]*)" classname="([^"]*)"[^>]*>(.*?)<\/testcase>/gs,
    )
  ) {
    const [, name = "", file = "", body = ""] = match;
    const label = `${unescape(file).replace(/^\.\//, "")}: ${unescape(name)}`;
    if (body.includes("<failure")) outcome.failed.push(label);
    else if (body.includes("<skipped")) outcome.skipped.push(label);
    else outcome.passed++;
  }
  return outcome;
}

const ENTITIES: Record<string, string> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

function unescape(text: string): string {
  return text.replace(/&(\w+);/g, (whole, entity) => ENTITIES[entity] ?? whole);
}
