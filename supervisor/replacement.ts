/**
 * The workers of one kind, and their replacement: the one way in which a process takes the place of another.
 *
 * No I/O, no clock and no timers of its own: a state machine that is told what happened, and says by its port
 * what is to be done.
 *
 * A replacement goes like this: a successor is started, while the old worker works on. When it is ready, the
 * old one gets no new calls, finishes those it has within a bound, and ends. A successor that does not get
 * ready costs nobody anything. One replacement at a time; the others wait in the order in which they came.
 *
 * @module
 */
import { textOf } from "../boundary/text.ts";
import {
  LAST_END_MAX_CHARS,
  REPLACE_PAUSE_MAX_MS,
  STABLE_LIFE_MS,
  WORKER_START_MS,
} from "../limits.ts";
import { ShortLives } from "./short_lives.ts";
import {
  type CrewPort,
  newPlace,
  newWorker,
  type Place,
  type Replaced,
  type ReplaceRequest,
  type Wish,
  type Worker,
  type WorkerState,
} from "./worker_state.ts";

/** How large a crew is, and how long it waits. */
export interface CrewOptions {
  /** Number of places. */
  readonly places: number;
  /** Time that a worker which leaves has for what it has under way, in ms. */
  readonly drainMs: number;
}

/** The workers of one kind and the places that they fill, one replacement at a time. */
export class Crew<P> {
  readonly places: readonly Place<P>[];
  readonly #options: CrewOptions;
  readonly #port: CrewPort<P>;
  /** Workers whose replacement is due, in order. */
  readonly #queue: Worker<P>[] = [];
  /** The worker that is being replaced. */
  #turn: Worker<P> | undefined;
  #waitsForRoom = false;
  #closing = false;

  /**
   * @param options See {@linkcode CrewOptions}.
   * @param port The rest of the world.
   */
  constructor(options: CrewOptions, port: CrewPort<P>) {
    this.#options = options;
    this.#port = port;
    this.places = Array.from(
      { length: options.places },
      (_, index) => newPlace<P>(index, new ShortLives(port)),
    );
  }

  /** Every worker that has not ended. */
  get workers(): Worker<P>[] {
    return this.places.flatMap(({ leaving, current, successor }) => [
      ...leaving,
      ...(current === undefined ? [] : [current]),
      ...(successor === undefined ? [] : [successor]),
    ]);
  }

  /** Whether every place has a worker that works. */
  get complete(): boolean {
    return this.places.every(({ current }) => current?.state === "ready");
  }

  /** Places without a process; each will need a slot. */
  get vacant(): number {
    return this.#closing ? 0 : this.places.filter(({ current }) => current === undefined).length;
  }

  /** Places whose processes have short lives, one after another, and none that has lived for a while. */
  get crashLoops(): number {
    const nowMs = this.#port.now();
    return this.places.filter(({ lives, current }) =>
      lives.loop &&
      !(current?.state === "ready" && nowMs - current.readyMs >= STABLE_LIFE_MS)
    ).length;
  }

  /** Starts a worker in every place. */
  start(): void {
    for (const place of this.places) this.#fill(place);
  }

  /**
   * starting → ready: its modules are loaded. A successor takes its place now, and the old worker leaves.
   *
   * @returns `false`: it is not wanted any more, or was ready before.
   */
  ready(worker: Worker<P>): boolean {
    if (worker.state !== "starting") return false;
    worker.stopTimer();
    worker.state = "ready";
    worker.readyMs = this.#port.now();
    const { place } = worker;
    const old = place.current;
    if (place.successor === worker && old !== undefined) {
      place.current = worker;
      place.successor = undefined;
      this.#leave(old);
    }
    if (worker.wish?.state === "waiting") this.#due(worker, worker.wish);
    return true;
  }

  /** starting → failed: its modules do not load. */
  failed(worker: Worker<P>, why: string): void {
    if (worker.state !== "starting") return;
    this.#condemn(worker, "failed", why);
  }

  /** any → ending: it is killed. */
  kill(worker: Worker<P>, why: string): void {
    if (worker.state === "ended") return;
    this.#condemn(worker, worker.why === undefined ? "ending" : worker.state, worker.why ?? why);
  }

  /**
   * any → ended: its process is gone.
   *
   * @param how `"exit code 1"`, `"SIGKILL"`, …
   */
  exited(worker: Worker<P>, how: string): void {
    if (worker.state === "ended") return;
    const { place } = worker;
    const wasLeaving = place.leaving.delete(worker);
    worker.stopTimer();
    worker.state = "ended";
    const end = worker.why ?? (wasLeaving ? `replaced: ${worker.wish?.request.reason}` : how);
    place.lastEnd = end.length <= LAST_END_MAX_CHARS ? end : `${end.slice(0, LAST_END_MAX_CHARS)}…`;
    if (wasLeaving) this.#left(worker);
    else if (place.successor === worker) this.#successorLost(worker);
    else this.#died(worker);
    this.#port.ended(worker);
    this.#next();
  }

  /**
   * Asks that a worker be replaced in order. A worker that is to be replaced already is so once.
   *
   * @param worker Which.
   * @param request Why and how.
   */
  replace(worker: Worker<P>, request: ReplaceRequest): void {
    const works = worker.state === "ready" || worker.state === "starting";
    if (!works || this.#closing || worker.place.leaving.has(worker)) {
      return request.onDone?.({ outcome: "gone" });
    }
    const onDone = request.onDone === undefined ? [] : [request.onDone];
    if (worker.wish !== undefined) {
      worker.wish.onDone.push(...onDone);
      // What is asked for by somebody does not wait for a pause that a fault has earned.
      const { state } = worker.wish;
      if (state !== "waiting" || request.faulty || worker.state === "starting") return;
      worker.stopTimer();
      return this.#enqueue(worker, worker.wish);
    }
    worker.wish = { request, state: "waiting", onDone };
    if (worker.state === "ready") this.#due(worker, worker.wish);
  }

  /** Asks that all be replaced, place by place: those that work, and those that start. */
  replaceAll(request: ReplaceRequest): void {
    for (const { current, successor } of this.places) {
      const worker = successor ?? current;
      if (worker !== undefined) this.replace(worker, request);
      else request.onDone?.({ outcome: "gone" });
    }
  }

  /** A slot has become free. */
  roomAgain(): void {
    this.#next();
  }

  /** The server ends: nobody is started any more, those that work finish what they have. */
  drain(): void {
    this.#close();
    for (const worker of this.workers) {
      if (worker.state === "starting") this.#condemn(worker, "ending", "the server ends");
      else if (worker.state === "ready" || worker.state === "draining") {
        worker.stopTimer(); // the server has a bound of its own
        worker.state = "draining";
        this.#port.leave(worker, false);
      }
    }
  }

  /** The server ends at once. */
  end(): void {
    this.#close();
    for (const worker of this.workers) {
      worker.purpose ??= "drain";
      this.kill(worker, "the server ends");
    }
  }

  /** empty → starting. */
  #fill(place: Place<P>): void {
    const worker = newWorker(place);
    place.current = worker;
    this.#launch(worker);
  }

  /** A start that fails at once is like a process that ended at once. */
  #launch(worker: Worker<P>): void {
    worker.place.starts++;
    worker.stopTimer = this.#port.after(WORKER_START_MS, () => {
      const why = `its modules were not loaded after ${WORKER_START_MS} ms`;
      this.#port.log.error("worker did not get ready in time", {
        ...this.#port.describe(worker),
        ms: WORKER_START_MS,
      });
      this.#condemn(worker, "late", why);
    });
    try {
      worker.process = this.#port.start(worker);
    } catch (error) {
      this.exited(worker, `it could not be started: ${textOf(error)}`);
    }
  }

  /** → failed | late | ending; → ended comes with the end of its process. */
  #condemn(worker: Worker<P>, state: WorkerState, why: string): void {
    worker.stopTimer();
    worker.state = state;
    worker.why = why;
    this.#port.kill(worker);
  }

  /** ready → draining: its successor is ready. */
  #leave(old: Worker<P>): void {
    const { place, wish } = old;
    place.leaving.add(old);
    if (wish !== undefined) wish.state = "leaving";
    if (old.state !== "ready") return; // it is being killed: its end is its leave
    old.state = "draining";
    const { drainMs } = this.#options;
    old.stopTimer = this.#port.after(drainMs, () => {
      this.#port.log.warn("a worker that was replaced did not end in time and is killed", {
        ...this.#port.describe(old),
        drainMs,
      });
      old.purpose = "replacement";
      this.#condemn(old, "ending", `replaced, and not done after ${drainMs} ms`);
    });
    this.#port.log.info("worker replaced", {
      ...(place.current && this.#port.describe(place.current)),
      reason: wish?.request.reason,
      leaves: this.#port.describe(old),
    });
    this.#port.leave(old, true);
  }

  /** The old worker of a replacement has ended: it is complete. */
  #left(old: Worker<P>): void {
    this.#settle(old, { outcome: "replaced" });
    if (this.#turn === old) this.#turn = undefined;
  }

  /** A successor ended before it was ready: the old worker goes on. */
  #successorLost(successor: Worker<P>): void {
    const { place } = successor;
    const old = place.current!; // whoever has a successor is there
    place.successor = undefined;
    if (this.#turn === old) this.#turn = undefined;
    this.#settle(successor, { outcome: "gone" });
    const { wish } = old;
    if (wish === undefined || this.#closing) return;
    const why = place.lastEnd;
    const { reason, persistent } = wish.request;
    let nextInMs: number | undefined;
    if (persistent) {
      place.lives.lived(0);
      nextInMs = Math.round(place.lives.pauseMs(REPLACE_PAUSE_MAX_MS));
    }
    this.#port.log.error("a successor did not get ready: the old worker goes on", {
      ...this.#port.describe(old),
      reason,
      why,
      nextInMs,
    });
    if (nextInMs === undefined) return this.#settle(old, { outcome: "failed", why });
    for (const done of wish.onDone.splice(0)) done({ outcome: "failed", why });
    this.#pause(old, wish, nextInMs);
  }

  /** The worker that counted is dead. A successor that starts already is the next one; else there is a pause. */
  #died(worker: Worker<P>): void {
    const { place } = worker;
    place.current = place.successor;
    place.successor = undefined;
    if (this.#turn === worker) this.#turn = undefined;
    this.#drop(worker);
    this.#settle(worker, { outcome: "gone" });
    if (this.#closing) return;
    if (!worker.counted) {
      place.lives.lived(worker.readyMs < 0 ? 0 : this.#port.now() - worker.readyMs);
    }
    const fields = { ...this.#port.describe(worker), why: place.lastEnd };
    if (place.current !== undefined) return this.#port.log.warn("worker died", fields);
    const pauseMs = place.lives.pauseMs();
    const { loop, inARow } = place.lives;
    const next = { ...fields, nextInMs: Math.round(pauseMs) };
    if (loop) this.#port.log.error("worker keeps dying", { ...next, deaths: inARow });
    else this.#port.log.warn("worker died", next);
    place.stopTimer = this.#port.after(pauseMs, () => this.#fill(place));
  }

  /** A wish of a worker that is ready: waiting → queued, at once or after a pause. */
  #due(worker: Worker<P>, wish: Wish): void {
    const { reason, faulty } = wish.request;
    if (!faulty) return this.#enqueue(worker, wish);
    const { lives } = worker.place;
    lives.lived(this.#port.now() - worker.readyMs);
    worker.counted = true;
    const pauseMs = lives.pauseMs(REPLACE_PAUSE_MAX_MS);
    this.#port.log.warn("worker is to be replaced", {
      ...this.#port.describe(worker),
      reason,
      nextInMs: Math.round(pauseMs),
    });
    this.#pause(worker, wish, pauseMs);
  }

  /** → waiting → queued. */
  #pause(worker: Worker<P>, wish: Wish, pauseMs: number): void {
    wish.state = "waiting";
    worker.stopTimer = this.#port.after(pauseMs, () => this.#enqueue(worker, wish));
  }

  /** waiting → queued. */
  #enqueue(worker: Worker<P>, wish: Wish): void {
    wish.state = "queued";
    this.#queue.push(worker);
    this.#next();
  }

  /** queued → starting, for the one whose turn it is. */
  #next(): void {
    for (let [old] = this.#queue; old !== undefined; [old] = this.#queue) {
      if (this.#turn !== undefined || this.#closing) return;
      if (!this.#port.hasRoom()) {
        if (!this.#waitsForRoom) {
          this.#port.log.warn("a replacement waits for a free slot", this.#port.describe(old));
        }
        this.#waitsForRoom = true;
        return;
      }
      this.#waitsForRoom = false;
      this.#queue.shift();
      this.#turn = old;
      if (old.wish !== undefined) old.wish.state = "starting";
      const successor = newWorker(old.place);
      old.place.successor = successor;
      this.#launch(successor);
    }
  }

  #drop(worker: Worker<P>): void {
    const at = this.#queue.indexOf(worker);
    if (at >= 0) this.#queue.splice(at, 1);
  }

  /** any → over. */
  #settle(worker: Worker<P>, replaced: Replaced): void {
    const { wish } = worker;
    if (wish === undefined) return;
    worker.wish = undefined;
    wish.state = "over";
    for (const done of wish.onDone) done(replaced);
  }

  #close(): void {
    this.#closing = true;
    this.#queue.length = 0;
    for (const place of this.places) {
      place.stopTimer();
      for (const worker of [place.current, place.successor]) {
        if (worker?.wish === undefined || worker.wish.state === "leaving") continue;
        if (worker.wish.state === "waiting" && worker.state === "ready") worker.stopTimer();
        this.#settle(worker, { outcome: "gone" });
      }
    }
  }
}
