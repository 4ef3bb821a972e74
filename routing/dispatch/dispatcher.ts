/**
 * Inside one server: which process gets a call, and what happens to calls that no process has room for.
 *
 * A call goes to the process with the fewest calls in flight, up to the service's concurrency; further
 * ones wait in one queue per service, so that none waits behind a busy process while another is idle. A
 * queue that stands instead of evening out bursts refuses calls at once (codel.ts).
 *
 * A call that was in flight in a process that died may be what killed it. Such suspects are kept apart, each in
 * a process without another one, so that a deadly call takes only itself along when it is tried once more; when
 * that would take too much of its time, a suspect goes to any process.
 *
 * Whatever is refused here has provably not started.
 *
 * @module
 */
import type { Code } from "../../errors.ts";
import { SERVICE_QUEUE_MAX_CALLS, SUSPECT_APART_MAX_MS } from "../../limits.ts";
import { reached } from "../../limits/reached.ts";
import type { LoadReport } from "../../wire/load.ts";
import type { Waiting } from "./call_queue.ts";
import { type PoolMember, type ProcessState, ServicePool } from "./service_pool.ts";
import type { PoolSnapshot, ProcessView } from "../types.ts";

/** Options of a {@linkcode Dispatcher}. */
export interface DispatcherOptions<T> {
  /** A steady clock, ms; deadlines are on it. */
  now: () => number;
  /** Gives a call to a process. The process's count includes it already. */
  deliver: (call: T, process: ProcessView) => void;
  /** Ends a call that was not delivered. */
  refuse: (call: T, code: Code, message: string) => void;
  /** Most calls that wait for one service. Default 16,384. */
  queueMaxCalls?: number;
  /** Longest acceptable standing wait, in ms. Default 100. */
  targetMs?: number;
  /** Time for which waits must have been longer to count as standing, in ms. Default 1,000. */
  intervalMs?: number;
}

/** What became of a call at once. */
export type Admission = "delivered" | "queued" | "refused";

/** Hands calls to processes. `T` is the owner's call object; one object is one call. */
export class Dispatcher<T> {
  readonly #options: DispatcherOptions<T>;
  readonly #queueMaxCalls: number;
  readonly #processes = new Map<number, ProcessState>();
  readonly #pools = new Map<string, ServicePool<T>>();

  constructor(options: DispatcherOptions<T>) {
    this.#options = options;
    this.#queueMaxCalls = options.queueMaxCalls ?? SERVICE_QUEUE_MAX_CALLS;
  }

  /** A process is ready; calls that wait for its services go to it. Its id must not be in use. */
  addProcess(view: ProcessView): void {
    if (this.#processes.has(view.id)) {
      throw new RangeError(`process ${view.id} is already there; remove it first`);
    }
    const process: ProcessState = { view, inFlight: 0, suspects: 0, delivered: 0, draining: false };
    this.#processes.set(view.id, process);
    for (const [service, limit] of view.services) {
      let pool = this.#pools.get(service);
      if (pool === undefined) {
        const { targetMs, intervalMs } = this.#options;
        this.#pools.set(service, pool = new ServicePool(service, targetMs, intervalMs));
      }
      pool.members.push({ process, inFlight: 0, limit });
    }
    for (const service of view.services.keys()) {
      const pool = this.#pools.get(service);
      if (pool === undefined) continue;
      this.#pumpApart(pool);
      this.#pump(pool);
    }
  }

  /** The process gets nothing any more; what it has under way goes on and is {@linkcode released}. */
  drainProcess(id: number): void {
    const process = this.#processes.get(id);
    if (process === undefined) return;
    process.draining = true;
    this.#refuseOrphans(process.view);
  }

  /** The process is gone: calls it had are the owner's to end, and are not released any more. */
  processGone(id: number): void {
    const process = this.#processes.get(id);
    if (process === undefined) return;
    this.#processes.delete(id);
    for (const service of process.view.services.keys()) this.#pools.get(service)?.removeSeat(id);
    this.#refuseOrphans(process.view);
  }

  /**
   * Takes a call for a service of this server.
   *
   * @param deadlineMs When the call must have ended, on the dispatcher's clock.
   * @param keyHash Of calls with the same hash the same process is preferred among equally busy ones; 0: no key.
   * @param suspect It was in flight in a process that died.
   * @returns `"refused"`: the `refuse` callback was called.
   */
  admit(
    call: T,
    service: string,
    deadlineMs: number,
    keyHash = 0,
    suspect = false,
  ): Admission {
    const pool = this.#pools.get(service);
    if (pool === undefined || !pool.open) {
      return this.#refuse(pool, call, "UNAVAILABLE", `no process here offers "${service}" now`);
    }
    const now = this.#options.now();
    if (deadlineMs <= now) return this.#expire(pool, call, 0);
    if (suspect) return this.#admitApart(pool, call, deadlineMs, now);
    const { queue } = pool;
    const member = queue.size === 0 ? pool.freeMember(keyHash) : undefined;
    if (member !== undefined) {
      this.#deliver(pool, member, call, false);
      return "delivered";
    }
    if (pool.waiting >= this.#queueMaxCalls) {
      reached("SERVICE_QUEUE_MAX_CALLS");
      return this.#refuse(
        pool,
        call,
        "RESOURCE_EXHAUSTED",
        `${pool.waiting} calls wait for "${service}" here, which is the limit`,
      );
    }
    const head = queue.peek();
    const verdict = pool.codel.arriving(head === undefined ? 0 : now - head.sinceMs, now);
    if (verdict === "refuse") return this.#refuseOverload(pool, call);
    pool.queued++;
    const untilMs = verdict === "wait"
      ? deadlineMs
      : Math.min(deadlineMs, now + pool.codel.targetMs);
    queue.push(call, now, deadlineMs, untilMs);
    return "queued";
  }

  /** The first item of a call that goes on (a stream) came `latencyMs` after the call. */
  answered(service: string, latencyMs: number): void {
    this.#pools.get(service)?.latency.observe(latencyMs, this.#options.now());
  }

  /**
   * A delivered call of `service` ended at that process: the next waiting one takes its place.
   *
   * @param latencyMs Time since the call came; `undefined` if {@linkcode answered} was called for it.
   * @param ok Whether it ended well.
   * @param suspect As it was admitted.
   */
  released(
    id: number,
    service: string,
    latencyMs: number | undefined,
    ok: boolean,
    suspect = false,
  ): void {
    const pool = this.#pools.get(service);
    if (latencyMs !== undefined && pool !== undefined) {
      const now = this.#options.now();
      if (ok) pool.latency.observe(latencyMs, now);
      else pool.latency.observeAtLeast(latencyMs, now);
    }
    const member = pool?.memberOf(id);
    if (pool === undefined || member === undefined || member.inFlight === 0) return;
    member.inFlight--;
    member.process.inFlight--;
    if (suspect) member.process.suspects--;
    if (suspect) { for (const other of this.#pools.values()) this.#pumpApart(other); }
    else if (pool.apart.size > 0) this.#pumpApart(pool);
    if (pool.queue.size > 0) this.#pump(pool);
  }

  /**
   * Takes a waiting call out: its caller left, or its owner saw the deadline first. Nothing is called back.
   *
   * @returns `false` when it does not wait (any more).
   */
  cancel(call: T, service: string): boolean {
    const pool = this.#pools.get(service);
    if (pool === undefined) return false;
    if (pool.apart.remove(call)) return true;
    if (!pool.queue.remove(call)) return false;
    if (pool.queue.size === 0) pool.codel.emptied();
    return true;
  }

  /**
   * Ends waiting calls whose time is over. To be called now and then while calls wait; calls whose time
   * is over are never delivered even if it is not.
   *
   * @returns When the next one's time is over, on the dispatcher's clock; `Infinity` when none waits.
   */
  sweep(): number {
    const now = this.#options.now();
    let next = Infinity;
    for (const pool of this.#pools.values()) {
      if (pool.apart.size > 0) {
        next = Math.min(next, pool.apart.expire(now, (entry) => this.#notApart(pool, entry, now)));
        if (pool.apart.size > 0) next = Math.min(next, now);
      }
      if (pool.queue.size === 0) continue;
      next = Math.min(next, pool.queue.expire(now, (entry) => this.#tooLate(pool, entry, now)));
      if (pool.queue.size === 0) pool.codel.emptied();
    }
    return next;
  }

  /**
   * What a server tells about a service on its answers.
   *
   * @param into Where it goes.
   */
  report(service: string, into: LoadReport): void {
    const pool = this.#pools.get(service);
    into.queueDepth = pool?.queue.size ?? 0;
    into.latencyMs = pool?.latency.ms ?? 0;
  }

  /** Calls under way at a process. */
  inFlight(id: number): number {
    return this.#processes.get(id)?.inFlight ?? 0;
  }

  /** Calls that a process has been given. */
  delivered(id: number): number {
    return this.#processes.get(id)?.delivered ?? 0;
  }

  /** Calls that wait for a service. */
  waiting(service: string): number {
    return this.#pools.get(service)?.waiting ?? 0;
  }

  /** Services that at least one process takes calls of. */
  services(): string[] {
    return [...this.#pools.values()].filter(({ open }) => open).map(({ service }) => service);
  }

  /** Per service: processes, calls and counters. */
  snapshot(): PoolSnapshot[] {
    return [...this.#pools.values()].map((pool) => ({
      service: pool.service,
      processes: pool.members.map(({ process }) => process.view.id),
      inFlight: pool.members.reduce((sum, { inFlight }) => sum + inFlight, 0),
      waiting: pool.waiting,
      overloaded: pool.codel.overloaded(this.#options.now()),
      counters: {
        delivered: pool.delivered,
        queued: pool.queued,
        refused: pool.refused,
        expired: pool.expired,
      },
    }));
  }

  /** Delivers waiting calls while there is room. */
  #pump(pool: ServicePool<T>): void {
    const now = this.#options.now();
    const { queue, codel } = pool;
    while (queue.size > 0) {
      const member = pool.freeMember(0);
      if (member === undefined) return;
      const entry = queue.shift();
      if (entry === undefined) break;
      if (entry.untilMs <= now) {
        this.#tooLate(pool, entry, now);
        continue;
      }
      codel.departed(now - entry.sinceMs, now);
      this.#deliver(pool, member, entry.call, false);
    }
    codel.emptied();
  }

  #admitApart(pool: ServicePool<T>, call: T, deadlineMs: number, now: number): Admission {
    const member = pool.apart.size === 0 ? pool.freeMember(0, true) : undefined;
    if (member !== undefined) {
      this.#deliver(pool, member, call, true);
      return "delivered";
    }
    if (pool.waiting >= this.#queueMaxCalls) {
      reached("SERVICE_QUEUE_MAX_CALLS");
      const message = `${pool.waiting} calls wait for "${pool.service}" here, which is the limit`;
      return this.#refuse(pool, call, "RESOURCE_EXHAUSTED", message);
    }
    pool.queued++;
    // Half of its time at most, and not what it will need itself.
    const leftMs = deadlineMs - now;
    const apartMs = Math.min(leftMs / 2, leftMs - 2 * pool.latency.ms, SUSPECT_APART_MAX_MS);
    pool.apart.push(call, now, deadlineMs, now + Math.max(apartMs, 0));
    return "queued";
  }

  /** Suspects that wait go to processes that have none. */
  #pumpApart(pool: ServicePool<T>): void {
    const now = this.#options.now();
    while (pool.apart.size > 0) {
      const member = pool.freeMember(0, true);
      if (member === undefined) return;
      const entry = pool.apart.shift();
      if (entry === undefined) return;
      if (entry.deadlineMs <= now) this.#expire(pool, entry.call, now - entry.sinceMs);
      else this.#deliver(pool, member, entry.call, true);
    }
  }

  /** A suspect has waited long enough for a process of its own. */
  #notApart(pool: ServicePool<T>, entry: Waiting<T>, now: number): void {
    if (entry.deadlineMs <= now) return void this.#expire(pool, entry.call, now - entry.sinceMs);
    const member = pool.freeMember(0);
    if (member !== undefined) return this.#deliver(pool, member, entry.call, true);
    pool.apart.push(entry.call, entry.sinceMs, entry.deadlineMs, now);
  }

  #deliver(pool: ServicePool<T>, member: PoolMember, call: T, suspect: boolean): void {
    member.inFlight++;
    member.process.inFlight++;
    if (suspect) member.process.suspects++;
    member.process.delivered++;
    pool.delivered++;
    this.#options.deliver(call, member.process.view);
  }

  /** Calls that wait for a service which no process offers any more: another server may answer them. */
  #refuseOrphans(view: ProcessView): void {
    for (const service of view.services.keys()) {
      const pool = this.#pools.get(service);
      if (pool === undefined || pool.open) continue;
      pool.codel.emptied();
      const next = () => pool.queue.shift() ?? pool.apart.shift();
      for (let entry = next(); entry; entry = next()) {
        this.#refuse(
          pool,
          entry.call,
          "UNAVAILABLE",
          `the last process that offers "${service}" here went away while the call waited`,
        );
      }
    }
  }

  #tooLate(pool: ServicePool<T>, entry: Waiting<T>, now: number): void {
    if (entry.deadlineMs <= now) this.#expire(pool, entry.call, now - entry.sinceMs);
    else {
      pool.codel.refused(now);
      this.#refuseOverload(pool, entry.call);
    }
  }

  #expire(pool: ServicePool<T>, call: T, waitedMs: number): "refused" {
    pool.expired++;
    this.#options.refuse(
      call,
      "DEADLINE_EXCEEDED",
      waitedMs === 0
        ? `the deadline had passed when the call for "${pool.service}" arrived`
        : `the deadline passed after ${Math.round(waitedMs)} ms in the queue of "${pool.service}"`,
    );
    return "refused";
  }

  #refuseOverload(pool: ServicePool<T>, call: T): "refused" {
    reached("CODEL_TARGET_MS");
    return this.#refuse(
      pool,
      call,
      "RESOURCE_EXHAUSTED",
      `"${pool.service}" is overloaded here: calls wait longer than ${pool.codel.targetMs} ms for a process`,
    );
  }

  #refuse(pool: ServicePool<T> | undefined, call: T, code: Code, message: string): "refused" {
    if (pool !== undefined) pool.refused++;
    this.#options.refuse(call, code, message);
    return "refused";
  }
}
