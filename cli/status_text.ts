/**
 * A server's status for people.
 *
 * @module
 */
import type { GroupSnapshot } from "../routing/types.ts";
import type { MarkModes } from "../shm/slot_end.ts";
import type { NameServerStatus } from "../server/name_role.ts";
import type { SlotStatus, Status } from "../server/status.ts";
import type { WorkerStatus } from "../server/worker_status.ts";
import { alignedTable } from "./table.ts";

/**
 * The whole status as aligned tables; of the slots those in use.
 *
 * @param status What the server told.
 */
export function statusText(status: Status): string {
  const { server, slots, workers, links, groups, services, dispatch, nameServer, counters } =
    status;
  const used = slots.filter(isUsed);
  const parts = [
    alignedTable([
      ["server", `${server.name}${server.draining ? " (draining)" : ""}`],
      ["roles", server.roles.join(", ")],
      ["pid", String(server.pid)],
      ["up", duration(server.uptimeMs)],
      ["services", services.map(({ name }) => name).join(", ") || "-"],
    ]),
    titled(`slots (${used.length} of ${slots.length} in use)`, [
      ["slot", "kind", "pid", "generation", "state", "in flight"],
      ...used.map(({ index, kind, pid, generation, state, inFlight }) => [
        String(index),
        kind ?? "-",
        String(pid ?? "-"),
        String(generation),
        state,
        String(inFlight),
      ]),
    ]),
    // A server of an earlier version says nothing of them.
    workersTable(workers ?? []),
    titled("links", [
      ["peer", "address", "state", "round trip"],
      ...links.map(({ peer, address, state, rttMs }) => [
        peer ?? "-",
        address,
        state,
        rttMs === null ? "-" : `${rttMs.toFixed(2)} ms`,
      ]),
    ]),
    ...groupTables(groups),
    titled("calls for this server's services", [
      ["service", "processes", "in flight", "waiting", "", ...names(dispatch[0]?.counters)],
      ...dispatch.map(({ service, processes, inFlight, waiting, overloaded, counters }) => [
        service,
        String(processes.length),
        String(inFlight),
        String(waiting),
        overloaded ? "overloaded" : "",
        ...Object.values(counters).map(String),
      ]),
    ]),
    ...(nameServer === undefined ? [] : nameServerTables(nameServer)),
    titled("counters", [["counter", "value"], ...flat(counters)]),
  ];
  return parts.filter((part) => part !== "").join("\n");
}

/**
 * Every slot with both marks and both modes: the directory of the mark devices.
 *
 * @param status What the server told.
 */
export function marksTable({ slots }: Status): string {
  return alignedTable([
    ["slot", "kind", "state", "proxy mark", "", "process mark", ""],
    ...slots.map(({ index, kind, state, marks }) => [
      String(index),
      kind ?? "-",
      state,
      ...modes(marks.proxy),
      ...modes(marks.process),
    ]),
  ]);
}

function workersTable(workers: readonly WorkerStatus[]): string {
  const several = new Set(workers.map(({ project }) => project)).size > 1;
  return titled("workers", [
    [
      ...["slot", "kind", "pid", "state", "memory", "requests", "restarts", "uncaught"],
      ...(several ? ["project"] : []),
      "last end",
    ],
    ...workers.map((worker) => [
      String(worker.slot ?? "-"),
      worker.kind,
      String(worker.pid ?? "-"),
      worker.state,
      worker.memoryBytes === null ? "-" : `${Math.round(worker.memoryBytes / 2 ** 20)} MiB`,
      String(worker.requests ?? "-"),
      String(worker.restarts),
      String(worker.uncaught),
      ...(several ? [worker.project] : []),
      worker.lastEnd ?? "-",
    ]),
  ]);
}

/** The groups with their decisions, and what each server of a group has got. */
function groupTables(groups: readonly GroupSnapshot[]): string[] {
  return [
    titled("groups", [
      ["group", "mode", "services", ...names(groups[0]?.counters)],
      ...groups.map(({ name, mode, balance, prefer, services, counters }) => [
        name,
        mode === "normal"
          ? `${mode}, ${balance}${prefer === "local" ? ", local first" : ""}`
          : mode,
        services.join(", ") || "-",
        ...Object.values(counters).map(String),
      ]),
    ]),
    titled("servers of the groups", [
      ["group", "server", "state", "picked", "in flight", "failures", "ejections"],
      ...groups.flatMap(({ name: group, servers }) =>
        servers.map(({ name, state, seen, picked, inFlight, failures, ejections }) => [
          group,
          name,
          seen === false ? "not seen yet" : state,
          ...[picked, inFlight, failures, ejections].map(String),
        ])
      ),
    ]),
  ];
}

function nameServerTables(status: NameServerStatus): string[] {
  const { address, zone, mode, servers, answers, refusedConnections } = status;
  return [
    titled(`name server of ${zone} at ${address}, ${mode}`, [
      ["web server", "health", "checked at", "why"],
      ...servers.map(({ name, healthy, url, why }) => [
        name,
        healthy ? "well" : "left out",
        url,
        why ?? "",
      ]),
    ]),
    titled("answers", [["answer", "number"], ...flat({ ...answers, refusedConnections })]),
  ];
}

/** Names of counters as heads of columns: `failedOver` → `failed over`. */
function names(counters: Readonly<Record<string, number>> = {}): string[] {
  return Object.keys(counters).map((name) => name.replace(/[A-Z]/g, (c) => ` ${c.toLowerCase()}`));
}

function modes({ read, write }: MarkModes): [string, string] {
  return [read ? "readable" : "not readable", write ? "writable" : "not writable"];
}

function isUsed({ pid, kind }: SlotStatus): boolean {
  return pid !== null || kind !== null;
}

/** A table under its title; nothing when it has only its head. */
function titled(title: string, rows: readonly (readonly string[])[]): string {
  return rows.length < 2 ? "" : `${title}\n${alignedTable(rows.map((row) => ["", ...row]))}`;
}

function flat(counters: object, prefix = ""): string[][] {
  return Object.entries<unknown>({ ...counters }).flatMap(([name, value]) =>
    typeof value === "object" && value !== null
      ? flat(value, `${prefix}${name}.`)
      : [[prefix + name, String(value)]]
  );
}

function duration(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3_600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "min"],
    [seconds % 60, "s"],
  ];
  const first = parts.findIndex(([value]) => value > 0);
  return parts.slice(first < 0 ? -1 : first).map(([value, unit]) => `${value} ${unit}`).join(" ");
}
