/**
 * The table of commands.
 *
 * @module
 */
import { CONFIG_FLAG, type Setting, SETTINGS } from "../config/settings.ts";
import { TIMEOUT_DEFAULT_MS, TIMEOUT_MAX_MS } from "../limits.ts";
import type { Command, Flag } from "./command.ts";

const CONFIG: Flag = {
  name: CONFIG_FLAG,
  kind: "text",
  value: "file",
  help: "Configuration file. Default: mesh.json in the working directory, if it is there.",
};

const RUNTIME_DIR: Flag = {
  name: "runtime-dir",
  kind: "text",
  value: "dir",
  help: "Runtime directory of the server. Default: the only one that runs.",
};

/** Of commands that only ask: a demo stands for its web server. */
const ASKED_DIR: Flag = {
  ...RUNTIME_DIR,
  help:
    "Runtime directory of the server. Default: the only one that runs; of a demo, its web server.",
};

/** The flags of a server. Their values are checked with the rest of the configuration. */
const SERVER_FLAGS: readonly Flag[] = [
  ...SETTINGS.filter((setting): setting is Setting & { flag: string } => setting.flag !== undefined)
    .map(({ flag, kind, value, help }): Flag => ({
      name: flag,
      kind: kind === "list" ? "list" : "text",
      value,
      help,
    })),
  CONFIG,
];

/** Every command, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  {
    name: "run",
    summary: "Run a server: a proxy, its shared memory and its worker processes.",
    details: [
      "Prints one line on stdout when it serves; logs go to stderr. SIGTERM, SIGINT and the end of its " +
      "terminal drain, and it exits 0; a second SIGINT ends at once; SIGHUP reads the configuration " +
      "again, as mesh reload does. The configuration file and the environment can hold every setting, too " +
      "(see docs/configuration.md); a flag wins.",
    ],
    positionals: [],
    flags: SERVER_FLAGS,
    examples: [
      "mesh run --role exec --services ./services --link 127.0.0.1:7401",
      "mesh run --role web --site site.ts --listen 127.0.0.1:8080 --connect 127.0.0.1:7401",
      "mesh run --config mesh.json",
    ],
    load: async () => (await import("./run.ts")).run,
  },
  {
    name: "demo",
    summary: "Run the portal example: one web server and two exec servers on this machine.",
    details: [
      "Prints the portal's address on stdout when everything serves. SIGINT and SIGTERM end it. While it " +
      "runs, mesh status, why and call ask its web server; stderr says where its other servers are.",
    ],
    positionals: [],
    flags: [
      {
        name: "listen",
        kind: "text",
        value: "host:port",
        help: "Where browsers are served. Default: 127.0.0.1:8080.",
      },
      {
        name: "processes",
        kind: "number",
        value: "n",
        min: 1,
        max: 64,
        help: "Worker processes of each server. Default: 1.",
      },
    ],
    examples: ["mesh demo", "mesh demo --listen 127.0.0.1:9000"],
    load: async () => (await import("./demo.ts")).demo,
  },
  {
    name: "call",
    summary: "Call a handler through a running server and print its reply as JSON.",
    details: [
      "A stream's items are printed as they come, one line each. Bytes inside a reply are shown as " +
      '{"base64": …}. A failed call prints CODE: message on stderr and exits 1.',
    ],
    positionals: [
      { name: "service.handler", help: "What to call.", required: true },
      { name: "input", help: "Its input as JSON; - reads it from stdin.", required: false },
    ],
    flags: [
      { name: "key", kind: "text", value: "text", help: "The routing key." },
      {
        name: "timeout-ms",
        kind: "number",
        value: "ms",
        min: 1,
        max: TIMEOUT_MAX_MS,
        help: `Time the call may take. Default: the server's setting, ${TIMEOUT_DEFAULT_MS}.`,
      },
      {
        name: "metadata",
        kind: "list",
        value: "name=value",
        help: "A key/value pair for the handler; repeatable.",
      },
      {
        name: "raw",
        kind: "boolean",
        help: "Write bytes as they are and texts without quotes, and nothing around them.",
      },
      ASKED_DIR,
    ],
    examples: [
      `mesh call quotes.price '{"symbol":"YHOO"}'`,
      `mesh call portfolio.summary --key ann --timeout-ms 200`,
    ],
    load: async () => (await import("./call.ts")).call,
  },
  {
    name: "check",
    summary: "Check the configuration and load the modules; starts nothing.",
    details: [
      "Loads the site, the services and the key modules, each in a process of its own, for 20 s at most. Takes " +
      "the same flags as run. Exits 2 for a fault in the configuration, 1 for one in a module.",
    ],
    positionals: [],
    flags: SERVER_FLAGS,
    examples: ["mesh check", "mesh check --role exec --services ./services"],
    load: async () => (await import("./check.ts")).check,
  },
  {
    name: "status",
    summary: "Show a running server: its slots, links, groups and counters.",
    positionals: [],
    flags: [
      { name: "json", kind: "boolean", help: "Print everything as JSON." },
      { name: "marks", kind: "boolean", help: "Show both marks of every slot, with both modes." },
      ASKED_DIR,
    ],
    examples: ["mesh status", "mesh status --marks", "mesh status --json | jq .counters"],
    load: async () => (await import("./status.ts")).status,
  },
  {
    name: "why",
    summary: "Explain where a call would go, or where the calls of a request went.",
    details: [
      "Asks the server whose processes make the call. For a service: each candidate server with its " +
      "state, its score and what the score means, and which one is picked and why. Asking changes nothing. " +
      "For service.handler, also whether the servers have that handler. A key module that decides is asked " +
      "in a process of its own. For a recent request: its calls and attempts, the server of each and the " +
      "reason, and the outcome.",
    ],
    positionals: [
      { name: "service", help: "A service, or service.handler.", required: false },
    ],
    flags: [
      { name: "key", kind: "text", value: "text", help: "The routing key of the call." },
      {
        name: "request",
        kind: "text",
        value: "id",
        help: "A request id, 16 hexadecimal digits (ctx.requestId, and in log lines).",
      },
      { name: "json", kind: "boolean", help: "Print everything as JSON." },
      ASKED_DIR,
    ],
    examples: [
      "mesh why quotes",
      "mesh why portfolio.summary --key ann",
      "mesh why --request 0123456789abcdef",
    ],
    load: async () => (await import("./why.ts")).why,
  },
  {
    name: "reload",
    summary: "Have a running server read its configuration again.",
    details: [
      "The server reads the same file, with the flags and variables it was started with. The groups and " +
      "whom it dials are in force at once, and no call under way is touched. The command lists the other " +
      "changes, which need a restart. A faulty configuration, or a key module that does not load, changes " +
      "nothing: its faults are printed, and the exit code is 2. SIGHUP to mesh run does the same; the log " +
      "says what has changed.",
    ],
    positionals: [],
    flags: [
      { name: "json", kind: "boolean", help: "Print what has come of it as JSON." },
      RUNTIME_DIR,
    ],
    examples: ["mesh reload", "mesh reload --runtime-dir /dev/shm/mesh-1000/web-1"],
    load: async () => (await import("./reload.ts")).reload,
  },
  {
    name: "drain",
    summary: "Have a running server finish what is under way and end.",
    details: [
      "It does the same as SIGTERM: the server takes no new work, its calls have limits.drainMs to end, and " +
      "it exits 0. The command waits until the server has ended, and exits 1 if that takes too long.",
    ],
    positionals: [],
    flags: [
      {
        name: "timeout-ms",
        kind: "number",
        value: "ms",
        min: 1,
        max: TIMEOUT_MAX_MS,
        help: "How long to wait. Default: the server's limits.drainMs and 10 s more.",
      },
      { name: "no-wait", kind: "boolean", help: "Do not wait until it has ended." },
      RUNTIME_DIR,
    ],
    examples: ["mesh drain", "mesh drain --runtime-dir /dev/shm/mesh-1000/exec-2"],
    load: async () => (await import("./drain.ts")).drain,
  },
];
