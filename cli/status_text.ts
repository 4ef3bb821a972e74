/**
 * A server's status for people.
 *
 * @module
 */
import type { MarkStatus, SlotStatus, Status } from "./status_types.ts";
import { alignedTable } from "./table.ts";

/**
 * The whole status as aligned tables; of the slots those in use.
 *
 * @param status What the server told.
 */
export function statusText(status: Status): string {
  const { server, slots, links, groups, services, counters } = status;
  const used = slots.filter(isUsed);
  const names = services.map((service) => typeof service === "string" ? service : service.name);
  const parts = [
    alignedTable([
      ["server", `${server.name}${server.draining ? " (draining)" : ""}`],
      ["roles", server.roles.join(", ")],
      ["pid", String(server.pid)],
      ["up", duration(server.uptimeMs)],
      ["services", names.join(", ") || "-"],
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
    titled("links", [
      ["peer", "address", "state", "round trip"],
      ...links.map(({ peer, address, state, rttMs }) => [
        peer ?? "-",
        address,
        state,
        rttMs === null ? "-" : `${rttMs.toFixed(2)} ms`,
      ]),
    ]),
    titled("groups", [
      ["group", "mode", "services", "servers"],
      ...groups.map(({ name, mode, services, servers }) => [
        name,
        mode,
        services.join(", ") || "-",
        servers.map(({ name, state }) => `${name} (${state})`).join(", ") || "-",
      ]),
    ]),
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

function modes({ read, write }: MarkStatus): [string, string] {
  return [read ? "readable" : "not readable", write ? "writable" : "not writable"];
}

function isUsed({ pid, kind }: SlotStatus): boolean {
  return pid !== null || kind !== null;
}

/** A table under its title; nothing when it has only its head. */
function titled(title: string, rows: readonly (readonly string[])[]): string {
  return rows.length < 2 ? "" : `${title}\n${alignedTable(rows.map((row) => ["", ...row]))}`;
}

function flat(counters: Readonly<Record<string, unknown>>, prefix = ""): string[][] {
  return Object.entries(counters).flatMap(([name, value]) =>
    typeof value === "object" && value !== null
      ? flat(value as Record<string, unknown>, `${prefix}${name}.`)
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
