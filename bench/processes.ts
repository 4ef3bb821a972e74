/**
 * What processes cost, from /proc: CPU time and memory.
 *
 * @module
 */

/** Clock ticks per second of /proc/<pid>/stat: USER_HZ, 100 on every Linux that Deno runs on. */
const TICKS_PER_SECOND = 100;

/** CPU time a process has used, user and system, in µs (in steps of 10 ms). */
export function cpuUs(pid: number): number {
  const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).split(") ")[1]!.split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 1_000_000 / TICKS_PER_SECOND;
}

/** Resident memory of a process, in MiB. */
export function residentMiB(pid: number): number {
  const line = /VmRSS:\s+(\d+) kB/.exec(Deno.readTextFileSync(`/proc/${pid}/status`));
  return Math.round(Number(line?.[1] ?? 0) / 102.4) / 10;
}

/** The processes that a process has started and that live. */
export function childrenOf(pid: number): number[] {
  const children: number[] = [];
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = Deno.readTextFileSync(`/proc/${name}/stat`);
      if (Number(stat.split(") ")[1]!.split(" ")[1]) === pid) children.push(Number(name));
    } catch {
      // It has ended meanwhile.
    }
  }
  return children;
}
