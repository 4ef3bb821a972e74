/**
 * The control socket, process's side: asks the proxy for a slot and maps it.
 *
 * @module
 */
import { MeshError } from "../errors.ts";
import { CONTROL_BODY_MAX_BYTES } from "../limits.ts";
import { NativeFault, readReport } from "../native/fault.ts";
import { native } from "../native/ffi.ts";
import { SlotEnd } from "./slot_end.ts";

/** The slot that a process has got. */
export interface AttachedSlot {
  /** The process's end of its slot. Disposing it detaches: it closes the life line too. */
  readonly end: SlotEnd;
  /** What the proxy said when it admitted the process. */
  readonly body: Uint8Array;
  /** The control connection, owned by `end`: its hang-up means that the proxy is gone. */
  readonly lifeline: number;
}

/** The proxy refused to give a slot; `body` says why. */
export class AttachRefused extends MeshError {
  /** What the proxy said. */
  readonly body: Uint8Array;

  /**
   * @param controlPath Where the proxy listens.
   * @param body What it said.
   */
  constructor(controlPath: string, body: Uint8Array) {
    super("UNAVAILABLE", `attach at ${controlPath}: the proxy refused`, { started: false });
    this.body = body;
  }

  /** True for every error that carries a refusal. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return MeshError[Symbol.hasInstance](value) &&
      (value as { body?: unknown }).body instanceof Uint8Array;
  }
}

/**
 * Asks the proxy that listens at a control socket for a slot.
 *
 * @param controlPath Path of the socket.
 * @param body What the proxy gets to read, at most `CONTROL_BODY_MAX_BYTES`.
 * @param timeoutMs Time until the attempt fails.
 * @returns The process's end of its slot, and what the proxy said.
 * @throws AttachRefused when the proxy refuses; NativeFault `TIMED_OUT`, `HUNG_UP`, `SYSTEM` (no such socket),
 * `NOT_OURS` (another user listens there), `SEGMENT` or `PROTOCOL` (the proxy is of another version).
 */
export async function attachSlot(
  controlPath: string,
  body: Uint8Array,
  timeoutMs: number,
): Promise<AttachedSlot> {
  const path = new TextEncoder().encode(controlPath);
  const request = native().mesh_attach_begin(
    path,
    path.byteLength,
    body as Uint8Array<ArrayBuffer>,
    body.byteLength,
    timeoutMs,
  );
  const answer = new Uint8Array(8 + CONTROL_BODY_MAX_BYTES);
  if (request < 0) throw new NativeFault(readReport(request, answer));
  await native().mesh_attach_wait(request);
  const result = native().mesh_attach_take(request, answer, answer.byteLength);
  if (result < 0) throw new NativeFault(readReport(result, answer));
  const [handle = 0, bodyBytes = 0] = new Uint32Array(answer.buffer, 0, 2);
  const said = answer.slice(8, 8 + bodyBytes);
  if (result === 0) throw new AttachRefused(controlPath, said);
  const end = new SlotEnd(handle);
  return { end, body: said, lifeline: end.lifeline };
}
