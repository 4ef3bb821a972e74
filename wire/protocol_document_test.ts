/** docs/wire_protocol.md and the code must say the same. */
import { assert, assertEquals } from "@std/assert";
import * as limits from "../limits.ts";
import { ErrorFlag } from "./error_body.ts";
import { FrameFlag, FrameKind, FrameOffset } from "./frame.ts";
import { GoodbyeReason, PROTOCOL_MAJOR, PROTOCOL_MINOR } from "./link_messages.ts";
import { HeadFlag, HeadOffset } from "./request_head.ts";

const text = await Deno.readTextFile(new URL("../docs/wire_protocol.md", import.meta.url));
const flowing = text.replace(/\s+/g, " ");

/** Name → number of the rows of the table whose header starts with these two columns. */
function table(first: string, second: string): Record<string, number> {
  const lines = text.split("\n");
  const header = new RegExp(`^\\| ${first} +\\| ${second} +\\|`);
  const at = lines.findIndex((line) => header.test(line));
  assert(at >= 0, `no table ${first} | ${second}`);
  const rows: Record<string, number> = {};
  for (let i = at + 2; lines[i]?.startsWith("|"); i++) {
    const [, number, name] = /^\| (\d+) +\| (\w+) +\|/.exec(lines[i]!)!;
    rows[name!] = Number(number);
  }
  return rows;
}

Deno.test("the tables of docs/wire_protocol.md list the kinds, flags and reasons of the code", () => {
  const linkKinds = Object.entries(FrameKind).filter(([, kind]) => kind < FrameKind.READY);
  assertEquals(table("Kind", "Name"), Object.fromEntries(linkKinds));
  assertEquals(table("Bit", "Name"), FrameFlag);
  assertEquals(table("Head flag", "Name"), HeadFlag);
  assertEquals(table("Error flag", "Name"), ErrorFlag);
  assertEquals(table("Reason", "Name"), GoodbyeReason);
});

Deno.test("the numbers in docs/wire_protocol.md are those of limits.ts", () => {
  const number = (value: number) => value.toLocaleString("en-US");
  for (
    const said of [
      `Version ${PROTOCOL_MAJOR}.${PROTOCOL_MINOR}.`,
      `${FrameOffset.BODY} to ${number(limits.FRAME_MAX_BYTES)}`,
      `exactly ${HeadOffset.TARGET} +`,
      `at most ${number(limits.TIMEOUT_MAX_MS)}`,
      `metadata behind the head, at most ${number(limits.METADATA_MAX_BYTES)}`,
      `bytes of the target, at most ${limits.TARGET_MAX_BYTES}`,
      `bytes of the key, at most ${limits.KEY_MAX_BYTES}`,
      `(${limits.MESSAGE_DEFAULT_BYTES / 1024 / 1024} MiB of payload by default)`,
      `comes from, at most ${limits.SERVER_NAME_MAX_BYTES} bytes`,
      `\`message\` is at most ${number(limits.ERROR_MESSAGE_MAX_BYTES)} bytes`,
      `starts with ${number(limits.STREAM_WINDOW_BYTES)} bytes`,
      `counts ${number(limits.STREAM_ITEM_MIN_COST_BYTES)} bytes at least`,
      `within ${limits.HANDSHAKE_MS / 1000} seconds`,
      `at most ${limits.HANDSHAKES_MAX} accepted connections`,
      `At most ${number(limits.HELLO_MAX_BYTES)} bytes, in one frame`,
      `at most ${limits.SERVER_INFO_MAX_BYTES / 1024 / 1024} MiB: JSON`,
      `within ${limits.LINK_PROBE_MS} ms`,
      `for ${limits.HEARTBEAT_TIMEOUT_MS / 1000} seconds is dead`,
      `(at most ${number(limits.GOODBYE_TEXT_MAX_BYTES)} bytes)`,
      `after ${limits.RECONNECT_MIN_MS} ms, doubled up to ${
        limits.RECONNECT_MAX_MS / 1000
      } seconds`,
    ]
  ) assert(flowing.includes(said), `not there: ${said}`);
  assertEquals([limits.HEARTBEAT_MS, limits.LINK_CLOSE_MS], [1_000, 1_000], '"every second"');
});
