/**
 * Checks the promises of mesh in what can be seen from outside. It shares no code with what it judges: this folder
 * imports nothing but itself.
 *
 * @module
 */
import { AttemptCheck } from "./attempt_checks.ts";
import { availabilityFaults, type Peace } from "./availability_checks.ts";
import { beginningFaults } from "./beginning_checks.ts";
import { BoundCheck, type Bounds } from "./bound_checks.ts";
import { budgetFaults } from "./budget_checks.ts";
import { Calls } from "./calls.ts";
import { ConcurrencyCheck } from "./concurrency_checks.ts";
import { GivenUpCheck } from "./given_up_checks.ts";
import { LinkCheck } from "./link_checks.ts";
import { idleFaults } from "./idle_checks.ts";
import type { Observation } from "./observation.ts";
import { outcomeFaults } from "./outcome_checks.ts";
import { placementFaults } from "./placement_checks.ts";
import { ReaderCheck } from "./reader_checks.ts";
import { requestIdFaults } from "./request_id_checks.ts";
import { WireCheck } from "./wire_checks.ts";

/** What the auditor has to know of a run. */
export interface Terms {
  /** Longest way of a byte between two servers where nothing is disturbed, in ms. */
  readonly distanceMs: number;
  /** Whether all servers share a secret, which they prove to each other. */
  readonly secret: boolean;
  /** Whether somebody sends nonsense: then links may break the protocol. */
  readonly nonsense: boolean;
  /** Service → calls that one process works on at once; others have no bound. */
  readonly atOnce: ReadonlyMap<string, number>;
  /** How full things may get. */
  readonly bounds: Bounds;
  /** Whether what waits has room for all that is sent: then no call is sent on for lack of it. */
  readonly roomy: boolean;
  /** Whether links carry more than anybody sends, where they are not disturbed. */
  readonly swift: boolean;
  /** How the run ends. */
  readonly peace: Peace;
}

/** Gets everything that was seen of a run, asks each check, and gathers what they find. */
export class Auditor {
  readonly #terms: Terms;
  readonly #calls = new Calls();
  readonly #attempts = new AttemptCheck(this.#calls.liars);
  readonly #givenUp = new GivenUpCheck();
  /** Processes that send nonsense. */
  readonly #liars = new Set<string>();
  readonly #readers = new ReaderCheck(this.#calls);
  readonly #links: LinkCheck;
  readonly #wires = new WireCheck(
    this.#liars,
    this.#calls.liars,
    (frame, ms, conversation, there) => {
      if (conversation.generation === undefined) this.#links.frame(frame, ms, conversation, there);
      else {
        this.#attempts.frame(frame, ms, there);
        this.#calls.answers.frame(frame, there);
        this.#givenUp.frame(frame, ms, there);
        this.#readers.frame(frame, there);
      }
    },
  );
  #endMs = 0;
  readonly #concurrency: ConcurrencyCheck;
  readonly #bounds: BoundCheck;
  readonly #faults: string[] = [];

  /** @param terms See {@linkcode Terms}. */
  constructor(terms: Terms) {
    this.#terms = terms;
    this.#links = new LinkCheck(this.#calls, terms, this.#liars);
    this.#bounds = new BoundCheck(terms.bounds);
    this.#concurrency = new ConcurrencyCheck(terms.atOnce);
  }

  /** Something was seen. */
  see(observation: Observation): void {
    if ("ms" in observation) this.#endMs = observation.ms;
    this.#calls.see(observation);
    this.#links.see(observation);
    this.#wires.see(observation);
    this.#concurrency.see(observation);
    this.#bounds.see(observation);
    this.#readers.see(observation);
    switch (observation.type) {
      case "made":
        this.#attempts.made(observation);
        break;
      case "died":
        this.#attempts.died(observation.process, observation.ms, observation.asked);
        break;
      case "liar":
        if (observation.to !== "its peers") this.#liars.add(observation.process);
        break;
      case "log": {
        const { level, message, server, fields, ms } = observation;
        const protocol = /broke the protocol/.test(message);
        if (level === "error" || (protocol && !this.#terms.nonsense && !this.#calls.liars.any)) {
          this.#faults.push(`at ${ms.toFixed(1)}, ${server} logs "${message}" ${fields}`);
        }
        break;
      }
      case "left":
        if (observation.count !== 0) {
          this.#faults.push(
            `at the end, ${observation.where} has ${observation.count} ${observation.what}`,
          );
        }
        break;
    }
  }

  /** What came to its bound. */
  get reached(): readonly string[] {
    return this.#bounds.reached;
  }

  /** What was wrong, in words. */
  faults(): string[] {
    return [
      ...this.#faults,
      ...outcomeFaults(this.#calls),
      ...beginningFaults(this.#calls, this.#terms.distanceMs),
      ...this.#concurrency.faults(),
      ...this.#bounds.faults(),
      ...this.#readers.faults(),
      ...(this.#terms.roomy ? placementFaults(this.#calls) : []),
      ...(this.#terms.swift ? idleFaults(this.#calls) : []),
      ...requestIdFaults(this.#calls),
      ...budgetFaults(this.#calls),
      ...availabilityFaults(this.#calls, this.#terms.peace),
      ...this.#wires.faults(),
      ...this.#attempts.faults(),
      ...this.#givenUp.faults(this.#calls),
      ...this.#links.faults(this.#endMs),
    ];
  }
}
