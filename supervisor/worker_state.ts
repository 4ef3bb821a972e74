/**
 * What a server knows of its workers: each is one process, and has one place.
 *
 * @module
 */
import type { Log } from "../client/types.ts";
import type { ShortLives } from "./short_lives.ts";

/**
 * State of a worker. Successors:
 *
 * ```text
 * starting → ready | failed | late | ending | ended
 * ready    → draining | ending | ended
 * draining → ending | ended     (it finishes what it has and ends by itself)
 * failed   → ended              (its modules do not load: it is killed)
 * late     → ended              (it did not get ready in time: it is killed)
 * ending   → ended              (it is killed: thrown out, too slow to leave, or the server ends)
 * ended
 * ```
 */
export type WorkerState =
  | "starting"
  | "ready"
  | "draining"
  | "failed"
  | "late"
  | "ending"
  | "ended";

/** What became of a wish to replace a worker. */
export type Replaced =
  /** A successor has taken its place, and it has ended. */
  | { readonly outcome: "replaced" }
  /** The successor did not get ready; the worker goes on. */
  | { readonly outcome: "failed"; readonly why: string }
  /** The worker ended, or was leaving already, or the server is. */
  | { readonly outcome: "gone" };

/** Why and how a worker is to be replaced. */
export interface ReplaceRequest {
  /** For the log and for `lastEnd`. */
  readonly reason: string;
  /** The fault is the worker's own: a pause comes first, which grows with the short lives of its place. */
  readonly faulty: boolean;
  /** A successor that does not get ready is tried again, after a pause; else the wish ends with it. */
  readonly persistent: boolean;
  /** Told once what became of it. */
  readonly onDone?: (replaced: Replaced) => void;
}

/**
 * A wish that a worker be replaced. Successors:
 *
 * ```text
 * waiting  → queued | over      (for its worker to be ready, or for the end of a pause)
 * queued   → starting | over    (for its turn, and for a slot)
 * starting → leaving | waiting | over    (its successor starts)
 * leaving  → over               (the successor is ready, the worker finishes what it has)
 * over
 * ```
 */
export interface Wish {
  readonly request: ReplaceRequest;
  state: "waiting" | "queued" | "starting" | "leaving" | "over";
  readonly onDone: ((replaced: Replaced) => void)[];
}

/** One process. `P` is what the port needs of it. */
export interface Worker<P> {
  readonly place: Place<P>;
  state: WorkerState;
  /** `undefined` as long as it could not be started. */
  process: P | undefined;
  /** When it was ready, on the port's clock; -1: never. */
  readyMs: number;
  /** Why it is made to end; `undefined`: it is not. */
  why: string | undefined;
  /** Why it was ended on purpose; `undefined`: it was not. */
  purpose: "replacement" | "drain" | undefined;
  /** Whether its life has been counted as the place's. */
  counted: boolean;
  wish: Wish | undefined;
  /** Stops the timer of its state. */
  stopTimer: () => void;
}

/**
 * The wish to have one process. Usually it has one; while that is replaced it has two: the old one, that works
 * or leaves, and its successor, that starts or works.
 */
export interface Place<P> {
  /** From 0. */
  readonly index: number;
  /** The worker that counts; `undefined` while there is none. */
  current: Worker<P> | undefined;
  /** Starts, to take the place of {@linkcode current}. */
  successor: Worker<P> | undefined;
  /** Those that were replaced and still finish what they have. */
  readonly leaving: Set<Worker<P>>;
  /** Processes started so far. */
  starts: number;
  /** How the last process ended: `"exit code 1"`, `"SIGKILL"`, or why it was ended. */
  lastEnd: string;
  /** The short lives of its own processes. */
  readonly lives: ShortLives;
  /** Stops the timer of its next start. */
  stopTimer: () => void;
}

const nothing = () => {};

/** A place in which nothing has happened yet. */
export function newPlace<P>(index: number, lives: ShortLives): Place<P> {
  return {
    index,
    current: undefined,
    successor: undefined,
    leaving: new Set(),
    starts: 0,
    lastEnd: "",
    lives,
    stopTimer: nothing,
  };
}

/** A worker that is about to be started. */
export function newWorker<P>(place: Place<P>): Worker<P> {
  return {
    place,
    state: "starting",
    process: undefined,
    readyMs: -1,
    why: undefined,
    purpose: undefined,
    counted: false,
    wish: undefined,
    stopTimer: nothing,
  };
}

/** What the workers of a kind need of the world. Nothing in it may call back before it has returned. */
export interface CrewPort<P> {
  /**
   * Starts a process.
   *
   * @throws Whatever is wrong: a start that failed.
   */
  start(worker: Worker<P>): P;
  /** Whether there is a slot for one process more. */
  hasRoom(): boolean;
  /**
   * Asks a process to take no more, to finish what it has, and to end.
   *
   * @param replaced Another one has taken its place, so it may take its time; else the server ends.
   */
  leave(worker: Worker<P>, replaced: boolean): void;
  /** Ends a process at once. */
  kill(worker: Worker<P>): void;
  /** A process has ended, or could not be started. Its place knows already. */
  ended(worker: Worker<P>): void;
  /** A steady clock, in ms. */
  now(): number;
  /** From 0 to 1. */
  random(): number;
  /**
   * Calls something once, later.
   *
   * @returns Stops it.
   */
  after(ms: number, then: () => void): () => void;
  readonly log: Log;
  /** For log lines: kind, pid. */
  describe(worker: Worker<P>): Record<string, unknown>;
}
