/**
 * Faults of the native library: their kinds by name, and how they become a {@linkcode MeshError}.
 *
 * @module
 */
import { type Code, MeshError } from "../errors.ts";

/** Name → number of every kind of fault (native/src/error.rs has the same list). */
export const FaultKind = {
  CONTROL_WORDS: 1,
  FRAME_LENGTH: 2,
  FRAME_KIND: 3,
  FRAME_FLAGS: 4,
  FRAME_RESERVED: 5,
  FRAME_BOUNDS: 6,
  SKIP_MARKER: 7,
  BUFFER: 8,
  OUTGOING_FRAME: 9,
  CLOSED: 10,
  PANICKED: 11,
  ARGUMENT: 12,
  SYSTEM: 13,
  NO_ROOM: 14,
  LIVE_OWNER: 15,
  SEGMENT: 16,
  TIMED_OUT: 17,
  HUNG_UP: 18,
  PROTOCOL: 19,
  TOO_MANY: 20,
  NOT_OURS: 21,
} as const;

/** Name of a kind of fault. */
export type FaultName = keyof typeof FaultKind;

const NAMES = new Map<number, FaultName>(
  Object.entries(FaultKind).map(([name, number]) => [number, name as FaultName]),
);

const CODES: Partial<Record<FaultName, Code>> = {
  CONTROL_WORDS: "DATA_LOSS",
  FRAME_LENGTH: "DATA_LOSS",
  FRAME_KIND: "DATA_LOSS",
  FRAME_FLAGS: "DATA_LOSS",
  FRAME_RESERVED: "DATA_LOSS",
  FRAME_BOUNDS: "DATA_LOSS",
  SKIP_MARKER: "DATA_LOSS",
  ARGUMENT: "INVALID_ARGUMENT",
  SYSTEM: "UNAVAILABLE",
  NO_ROOM: "RESOURCE_EXHAUSTED",
  LIVE_OWNER: "UNAVAILABLE",
  SEGMENT: "DATA_LOSS",
  TIMED_OUT: "DEADLINE_EXCEEDED",
  HUNG_UP: "UNAVAILABLE",
  PROTOCOL: "DATA_LOSS",
  TOO_MANY: "RESOURCE_EXHAUSTED",
  NOT_OURS: "PERMISSION_DENIED",
};

/** What the native library says about a fault. */
export interface FaultReport {
  /** The kind's name. */
  readonly fault: FaultName;
  /** What was seen; its meaning depends on the kind (bytes, a pid, an errno). */
  readonly observed: number;
  /** What was wanted, or the bound. */
  readonly wanted: number;
  /** What was attempted and what was seen. */
  readonly text: string;
}

/**
 * The details of a fault.
 *
 * @param result What the call returned: minus the number of the kind.
 * @param report The buffer that the call filled.
 * @returns The details; a kind that this version does not know is `PANICKED`.
 */
export function readReport(result: number, report: Uint8Array): FaultReport {
  const view = new DataView(report.buffer, report.byteOffset, report.byteLength);
  const textBytes = view.getUint32(16, true);
  const text = new TextDecoder().decode(report.subarray(20, 20 + textBytes));
  const fault = NAMES.get(-result) ?? "PANICKED";
  return {
    fault,
    observed: Number(view.getBigUint64(0, true)),
    wanted: Number(view.getBigUint64(8, true)),
    text: text !== "" ? text : fault === "CLOSED" ? "it is closed" : `${fault} (${result})`,
  };
}

/** A fault that the native library found. */
export class NativeFault extends MeshError {
  /** What kind of fault it is. */
  readonly fault: FaultName;
  /** What was seen; its meaning depends on the kind (bytes, a pid, an errno). */
  readonly observed: number;
  /** What was wanted, or the bound. */
  readonly wanted: number;

  /**
   * @param report What the native library said.
   */
  constructor(report: FaultReport) {
    super(CODES[report.fault] ?? "INTERNAL", report.text, { started: false });
    this.fault = report.fault;
    this.observed = report.observed;
    this.wanted = report.wanted;
  }

  /** True for every error that carries a native fault. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return MeshError[Symbol.hasInstance](value) &&
      typeof (value as { fault?: unknown }).fault === "string";
  }
}
