/**
 * Why a value cannot be sent, and where in it the reason is.
 *
 * @module
 */
import { PATH_STEP_MAX_CHARS, PATH_STEPS_SHOWN_MAX } from "../../limits.ts";
import { textOf } from "../../boundary/text.ts";
import { type Code, MeshError } from "../../errors.ts";

const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

/** Thrown inside the codec alone; on its way out it collects the path. */
export class PayloadRefusal {
  readonly #reason: string;
  readonly #code: Code;
  readonly #cause: unknown;
  /** Innermost first. */
  readonly #steps: string[] = [];
  /** The containers that the steps lead out of, when they are part of a cycle; the innermost value first. */
  #containers: object[] | undefined;

  /**
   * @param reason Completes "input.items[3] …".
   * @param code The code of the call.
   * @param cause What was thrown.
   */
  constructor(reason: string, code: Code = "INVALID_ARGUMENT", cause?: unknown) {
    this.#reason = reason;
    this.#code = code;
    this.#cause = cause;
  }

  /** `thrown` as a refusal: user code is run where a value is read, and may throw anything. */
  static of(thrown: unknown): PayloadRefusal {
    // No `instanceof`: what was thrown may be a proxy, which would be asked for its prototype.
    if (typeof thrown === "object" && thrown !== null && #reason in thrown) return thrown;
    return new PayloadRefusal(
      `threw when it was read: ${textOf(thrown)}`,
      "INVALID_ARGUMENT",
      thrown,
    );
  }

  /** `container` was met again inside itself. */
  static cycle(container: object): PayloadRefusal {
    const refusal = new PayloadRefusal("is part of a cycle");
    refusal.#containers = [container];
    return refusal;
  }

  /** Adds a step in front of the path, out of `container`. */
  within(step: string, container: object): this {
    this.#steps.push(step);
    this.#containers?.push(container);
    return this;
  }

  /**
   * The error of the call.
   *
   * @param root What the value is: `"input"`, `"reply"`, `"item"`.
   */
  toError(root: string): MeshError {
    const steps = this.#steps.toReversed();
    const again = this.#again();
    const reason = again === undefined
      ? this.#reason
      : `is ${root}${shown(steps.slice(0, again.first))} again: a cycle cannot be sent`;
    const path = root + shown(steps.slice(0, again?.second));
    return new MeshError(this.#code, `${path} ${reason}`, {
      started: root !== "input",
      ...(this.#cause === undefined ? {} : { cause: this.#cause }),
    });
  }

  /** Of a cycle: how many steps lead to an object, and how many to where it is met again first. */
  #again(): { first: number; second: number } | undefined {
    const containers = this.#containers?.toReversed();
    if (containers === undefined) return undefined;
    const seen = new Map<object, number>();
    for (const [second, container] of containers.entries()) {
      const first = seen.get(container);
      if (first !== undefined) return { first, second };
      seen.set(container, second);
    }
    return undefined;
  }
}

function shown(steps: readonly string[]): string {
  if (steps.length <= 2 * PATH_STEPS_SHOWN_MAX) return steps.join("");
  return `${steps.slice(0, PATH_STEPS_SHOWN_MAX).join("")}…${
    steps.slice(-PATH_STEPS_SHOWN_MAX).join("")
  }`;
}

/** A property as a step of a path. */
export function propertyStep(key: string): string {
  const shown = key.length <= PATH_STEP_MAX_CHARS
    ? key
    : `${key.slice(0, PATH_STEP_MAX_CHARS - 1)}…`;
  return IDENTIFIER.test(shown) ? `.${shown}` : `[${JSON.stringify(shown)}]`;
}

/** The value of a map's key as a step of a path. */
export function entryStep(key: unknown, index: number): string {
  if (typeof key === "string") {
    const shown = key.length <= PATH_STEP_MAX_CHARS
      ? key
      : `${key.slice(0, PATH_STEP_MAX_CHARS - 1)}…`;
    return `.get(${JSON.stringify(shown)})`;
  }
  const isPlain = typeof key === "number" || typeof key === "boolean" || key === null;
  return isPlain ? `.get(${key})` : `.values()[${index}]`;
}
