/**
 * What a user is told when a part of the page is missing.
 *
 * @module
 */
import { MeshError } from "mesh";

/** A sentence for the user, and a word for those who want to know. */
export interface Trouble {
  text: string;
  code: string;
}

const TEXTS: Readonly<Record<string, string>> = {
  // Who reads this has not gone away, so it was the page that ended the call, at its time.
  CANCELLED: "This is taking longer than it should.",
  DEADLINE_EXCEEDED: "This is taking longer than it should.",
  RESOURCE_EXHAUSTED: "Too many people want this right now.",
  UNAVAILABLE: "This cannot be reached at the moment.",
};

const OTHERWISE = "Something went wrong here.";

/** Says what happened, and nothing of what an error's message may hold. */
export function troubleOf(error: unknown): Trouble {
  const code = error instanceof MeshError ? error.code : "INTERNAL";
  return { code, text: TEXTS[code] ?? OTHERWISE };
}

/** Whether an error is a call's, with this code. */
export function isMeshError(error: unknown, code: string): error is MeshError {
  return error instanceof MeshError && error.code === code;
}
