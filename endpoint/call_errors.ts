/**
 * The errors that a call ends with on its caller's side.
 *
 * @module
 */
import { textOf } from "../boundary/text.ts";
import { MeshError } from "../errors.ts";

/** Nobody waits for it. */
export function cancelled(target: string, reason: unknown, started: boolean): MeshError {
  const why = reason === undefined ? "" : textOf(reason);
  return new MeshError("CANCELLED", `${target} was cancelled${why === "" ? "" : `: ${why}`}`, {
    target,
    started,
    cause: reason,
  });
}

/** A call that was in flight in two processes that died is thought to be what killed them. */
export function deadly(target: string, error: MeshError): MeshError {
  return new MeshError(
    "INTERNAL",
    `${target}: two processes died while they worked on this call; it is not tried again, since it may be ` +
      "what kills them",
    { target, cause: error, ...(error.server === undefined ? {} : { server: error.server }) },
  );
}

/** The same error of a call that has begun in an earlier attempt. */
export function begun(error: MeshError): MeshError {
  const { code, message, server, target, metadata } = error;
  return new MeshError(code, message, {
    metadata,
    ...(server === undefined ? {} : { server }),
    ...(target === undefined ? {} : { target }),
  });
}

/** Why a call cannot be sent. */
export function refusalOf(error: unknown, target: string): MeshError {
  if (error instanceof MeshError) return error;
  return new MeshError("INTERNAL", `${target} could not be sent: ${textOf(error)}`, {
    started: false,
    target,
    cause: error,
  });
}
