/**
 * The rows of the benchmark: what is done, and how much of it at a time.
 *
 * @module
 */
import type { Caller } from "./caller.ts";
import { REPLY_BYTE } from "./fixtures/reply.ts";

/** One row. */
export interface Workload {
  /** Its name, for `--rows`. */
  readonly name: string;
  /** What is done, for people. */
  readonly what: string;
  /** Calls, pages or requests at a time. */
  readonly inFlight: number;
  /** What its rate counts. */
  readonly unit: "calls/s" | "pages/s" | "requests/s" | "MB/s";
  /** What one call adds to the rate: 1, or the megabytes of its reply. */
  readonly perCall: number;
  /** Whether the calls are made by requests of browsers, which wrk plays, and not by a loop within the peer. */
  readonly overHttp: boolean;
  /** Does it once, and checks what came back. */
  once(caller: Caller): Promise<void>;
}

/** Input of `reply.bytes`. */
export const INPUT: Uint8Array<ArrayBuffer> = new Uint8Array(256);
/** Bytes of its reply. */
export const REPLY_BYTES = 1_024;
/** Input of `reply.object`, about 110 bytes encoded. */
const OBJECT = { symbol: "YHOO", shares: 12, notes: ["a", "b"], name: "x".repeat(60), when: 1e12 };
const PAGE_PARTS = 10;
const SMALL = "256 B → 1 KiB";

/** All rows, in the order in which they are measured. */
export const WORKLOADS: readonly Workload[] = [
  ...[1, 64, 256].map((inFlight): Workload => ({
    name: `bytes-${inFlight}`,
    what: `${SMALL}, ${inFlight} in flight`,
    inFlight,
    unit: "calls/s",
    perCall: 1,
    overHttp: false,
    once: smallCall,
  })),
  {
    name: "objects-64",
    what: "objects of 110 B both ways, 64 in flight",
    inFlight: 64,
    unit: "calls/s",
    perCall: 1,
    overHttp: false,
    once: async (caller) => {
      const reply = await caller.call("object", OBJECT) as Partial<typeof OBJECT>;
      if (reply.name !== OBJECT.name) throw new Error("an object did not come back as it was");
    },
  },
  {
    name: "pages-16",
    what: `pages of ten parts (${SMALL}), 16 in flight`,
    inFlight: 16,
    unit: "pages/s",
    perCall: 1,
    overHttp: false,
    once: async (caller) => {
      const parts = await caller.page(PAGE_PARTS, INPUT);
      if (parts.length !== PAGE_PARTS) throw new Error(`a page has ${parts.length} parts`);
      for (const part of parts) checkBytes(part, REPLY_BYTES);
    },
  },
  replies("4KiB", 4 * 1_024, 64),
  replies("64KiB", 64 * 1_024, 16),
  replies("1MiB", 1_024 * 1_024, 4),
  replies("16MiB", 16 * 1_024 * 1_024, 2),
  {
    name: "front",
    what: `HTTP requests with one call each (${SMALL}), 64 connections`,
    inFlight: 64,
    unit: "requests/s",
    perCall: 1,
    overHttp: true,
    once: smallCall,
  },
];

function replies(size: string, bytes: number, inFlight: number): Workload {
  return {
    name: `replies-${size}`,
    what: `replies of ${size.replace("KiB", " KiB").replace("MiB", " MiB")}, ${inFlight} in flight`,
    inFlight,
    unit: "MB/s",
    perCall: bytes / 1e6,
    overHttp: false,
    once: async (caller) => checkBytes(await caller.call("sized", bytes), bytes),
  };
}

async function smallCall(caller: Caller): Promise<void> {
  checkBytes(await caller.call("bytes", INPUT), REPLY_BYTES);
}

function checkBytes(value: unknown, bytes: number): void {
  // Its ends tell whether the content arrived, and cost nothing beside the call.
  if (
    !(value instanceof Uint8Array) || value.length !== bytes || value[0] !== REPLY_BYTE ||
    value[bytes - 1] !== REPLY_BYTE
  ) {
    throw new Error(`a reply is not the ${bytes} bytes that were asked for`);
  }
}
