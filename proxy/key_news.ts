/**
 * What processes are told of the groups that are keyed by a module, and whether they have taken it in.
 *
 * The modules are code of the user: they run in the processes that call, never here.
 *
 * @module
 */
import type { Outside } from "../outside/outside.ts";
import type { KeyGroups } from "../wire/key_groups.ts";
import { FrameKind } from "../wire/frame.ts";
import type { SlotPort } from "./slot/port.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A process that does not ask the key modules as they are now. */
export interface LateProcess {
  readonly slot: number;
  /** What it says, or that it says nothing. */
  readonly why: string;
}

/** The port of a process that is told. */
export type ToldPort = Pick<SlotPort, "index" | "full" | "send">;

/** Tells processes of changed groups, and hears from them. */
export class KeyNews {
  readonly #outside: Outside;
  #groups: KeyGroups;
  #text: string;
  #version = 0;
  /** Processes that have not answered the last change. */
  readonly #awaited = new Set<ToldPort>();
  #failed: LateProcess[] = [];
  #onAnswer: (() => void) | undefined;

  /**
   * @param groups The groups at the start.
   * @param outside Its timer.
   */
  constructor(groups: KeyGroups, outside: Outside) {
    this.#outside = outside;
    this.#groups = groups;
    this.#text = JSON.stringify(groups);
  }

  /** The groups: a process that attaches is told them in its welcome. */
  get groups(): KeyGroups {
    return this.#groups;
  }

  /**
   * The groups are others now: every process is told.
   *
   * @param groups As they are now.
   * @param ports Of the processes that are attached.
   */
  change(groups: KeyGroups, ports: Iterable<ToldPort>): void {
    const text = JSON.stringify(groups);
    // Who could not load a module is to try it again.
    const behind = this.#failed.length > 0 || this.#awaited.size > 0;
    if (text === this.#text && !behind) return;
    this.#awaited.clear();
    this.#failed = [];
    this.#groups = groups;
    this.#text = text;
    this.#version++;
    const body = encoder.encode(text);
    for (const port of ports) {
      if (port.full) {
        this.#failed.push({ slot: port.index, why: "it does not read what it is sent" });
        continue;
      }
      this.#awaited.add(port);
      port.send(FrameKind.GROUPS, this.#version, body);
    }
  }

  /**
   * A process has answered.
   *
   * @param port Its port.
   * @param version Of the groups that it means.
   * @param body Empty, or why it cannot ask a module.
   * @returns Why not, if it is news; `undefined`: nothing to tell.
   */
  answered(port: ToldPort, version: number, body: Uint8Array): string | undefined {
    if (version !== this.#version || !this.#awaited.delete(port)) return undefined;
    const why = decoder.decode(body);
    if (why !== "") this.#failed.push({ slot: port.index, why });
    this.#onAnswer?.();
    return why === "" ? undefined : why;
  }

  /** A process has gone. */
  gone(port: ToldPort): void {
    if (this.#awaited.delete(port)) this.#onAnswer?.();
  }

  /**
   * Waits until every process has answered the last change.
   *
   * @param atMostMs How long to wait, in ms.
   * @returns Those that have not, or that cannot ask a module.
   */
  async settled(atMostMs: number): Promise<readonly LateProcess[]> {
    if (this.#awaited.size > 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = this.#outside.after(atMostMs, resolve);
      this.#onAnswer = () => {
        if (this.#awaited.size === 0) resolve();
      };
      await promise;
      this.#outside.cancel(timer);
      this.#onAnswer = undefined;
    }
    const silent = [...this.#awaited].map(({ index: slot }) => ({
      slot,
      why: `it has not answered within ${atMostMs} ms`,
    }));
    return [...this.#failed, ...silent];
  }
}
