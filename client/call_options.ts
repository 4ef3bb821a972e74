/**
 * The options of a call as its maker gave them: looked at once, and refused when they are of a wrong kind.
 *
 * @module
 */
import { signal as signalKind } from "../boundary/option_kinds.ts";
import { refused, seen } from "../boundary/options.ts";
import { textOf } from "../boundary/text.ts";
import { MeshError } from "../errors.ts";
import { TIMEOUT_MAX_MS } from "../limits.ts";
import { encodeMetadata } from "../wire/metadata.ts";
import type { CallOptions } from "./types.ts";

/** Options that were looked at: plain values. */
export interface CheckedOptions {
  /** `undefined`: none was given. */
  readonly key: string | undefined;
  /** `undefined`: the default. */
  readonly timeoutMs: number | undefined;
  /** `undefined`: none. */
  readonly idleTimeoutMs: number | undefined;
  readonly signal: AbortSignal | undefined;
  readonly idempotent: boolean;
  /** Encoded; `null`: none. */
  readonly metadata: Uint8Array | null;
}

/** No options at all. */
export const NO_CHECKED_OPTIONS: CheckedOptions = {
  key: undefined,
  timeoutMs: undefined,
  idleTimeoutMs: undefined,
  signal: undefined,
  idempotent: false,
  metadata: null,
};

/**
 * Checks the options of a call.
 *
 * @param options What the caller gave: anything.
 * @param target What is called, for the error.
 * @returns The options, or what is wrong with them: `INVALID_ARGUMENT`, never started.
 */
export function checkCallOptions(
  options: CallOptions | undefined,
  target: string,
): CheckedOptions | MeshError {
  if (options === undefined) return NO_CHECKED_OPTIONS;
  try {
    if (typeof options !== "object" || options === null) {
      return wrong(target, "options", options, "an object");
    }
    const { key, timeoutMs, idleTimeoutMs, signal, idempotent, metadata } = options;
    const text = key === undefined || typeof key === "string" ? key : keyText(key);
    if (key !== undefined && text === undefined) {
      return wrong(target, "key", key, "a text, a number or a bigint");
    }
    if (
      timeoutMs !== undefined &&
      (typeof timeoutMs !== "number" || !(timeoutMs >= 0) ||
        (timeoutMs > TIMEOUT_MAX_MS && timeoutMs !== Infinity))
    ) {
      const allowed = `a number of milliseconds from 0 to ${TIMEOUT_MAX_MS}, or Infinity`;
      return wrong(target, "timeoutMs", timeoutMs, allowed);
    }
    if (
      idleTimeoutMs !== undefined &&
      (typeof idleTimeoutMs !== "number" || !(idleTimeoutMs > 0) || idleTimeoutMs > TIMEOUT_MAX_MS)
    ) {
      const allowed = `a number of milliseconds above 0, at most ${TIMEOUT_MAX_MS}`;
      return wrong(target, "idleTimeoutMs", idleTimeoutMs, allowed);
    }
    if (signal !== undefined && !signalKind.accepts(signal)) {
      return wrong(target, "signal", signal, signalKind.allowed);
    }
    if (idempotent !== undefined && typeof idempotent !== "boolean") {
      return wrong(target, "idempotent", idempotent, "true or false");
    }
    if (metadata !== undefined && !isRecord(metadata)) {
      return wrong(target, "metadata", metadata, "an object whose values are texts");
    }
    return {
      key: text,
      timeoutMs,
      idleTimeoutMs,
      signal,
      idempotent: idempotent === true,
      metadata: metadata === undefined ? null : encodeMetadata(metadata),
    };
  } catch (thrown) {
    return new MeshError(
      "INVALID_ARGUMENT",
      `the options of ${seen(target)} cannot be read: ${textOf(thrown)}`,
      { started: false, ...(typeof target === "string" ? { target } : {}), cause: thrown },
    );
  }
}

/** Numbers are keys by their decimal text. */
function keyText(key: unknown): string | undefined {
  if (typeof key === "bigint") return key.toString();
  return typeof key === "number" && Number.isFinite(key) ? String(key) : undefined;
}

function isRecord(value: unknown): value is Record<string, string> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function wrong(target: string, option: string, value: unknown, allowed: string): MeshError {
  return refused(
    `call ${seen(target)}: the option ${option} is ${seen(value)}; it must be ${allowed}`,
    typeof target === "string" ? target : undefined,
  );
}
