/**
 * The errors that a proxy makes itself.
 *
 * @module
 */
import { type Code, MeshError } from "../../errors.ts";
import { encodeErrorBody, type ErrorTraits } from "../../wire/error_body.ts";
import { FrameKind } from "../../wire/frame.ts";
import { packLoad } from "../../wire/load.ts";
import type { ProxyCall } from "./call.ts";

/** Why a process or a server was ended on purpose, as it stands in `error.metadata.reason`. */
export type EndReason = "drain" | "replacement";

/** What is known of a failed call. */
export interface FailureTraits extends ErrorTraits {
  /** Absent: nobody ended anything on purpose. */
  readonly reason?: EndReason | undefined;
  /** Whether the handler may have begun. */
  readonly started: boolean;
}

/**
 * Tells a call's origin, if it is still there, that the call has failed.
 *
 * @param call The call.
 * @param self Name of this server, where the call has not been given to another.
 * @param code The error's code.
 * @param message What was attempted, and what was seen.
 * @param traits What is known.
 */
export function sendError(
  call: ProxyCall,
  self: string,
  code: Code,
  message: string,
  traits: FailureTraits,
): void {
  if (call.origin === null) return;
  const error = new MeshError(code, message, {
    started: traits.started,
    server: call.server?.name ?? self,
    ...(traits.reason === undefined ? {} : { metadata: { reason: traits.reason } }),
  });
  const body = encodeErrorBody(error, {
    ...traits,
    died: traits.died === true && call.origin.knowsSuspects,
  });
  call.origin.send(FrameKind.ERROR, call.originStream, body, packLoad(call));
}
