/**
 * What can be seen from outside: by callers, by handlers, by the network, by the operator.
 *
 * Times are in ms of the world, unless they are called local: those are of the process's own clock.
 *
 * @module
 */

/** How a call is made. */
export type Manner = "call" | "stream" | "page" | "page part" | "broadcast" | "onward";

/** A call that somebody made. */
export interface Made {
  readonly type: "made";
  readonly ms: number;
  readonly localMs: number;
  /** Number of the call; it travels in the input. */
  readonly call: number;
  readonly process: string;
  readonly server: string;
  readonly manner: Manner;
  readonly service: string;
  readonly handler: string;
  readonly key: string | undefined;
  /** The one server that may answer. */
  readonly owner: string | undefined;
  /** Whether similar calls go to one server. */
  readonly placed: boolean;
  /** Whether servers take turns. */
  readonly inTurn: boolean;
  /** Whether its service's processes work on few calls at a time: others wait, for as long as those take. */
  readonly limited: boolean;
  readonly idempotent: boolean;
  readonly hedged: boolean;
  readonly timeoutMs: number;
  /** Items of its stream. */
  readonly items: number;
  /** How long its reader takes for each of them, in ms. */
  readonly readMs: number;
  /** How long its reader stops once, in ms. */
  readonly pauseMs: number;
  /** So long may there be no item of its stream, in ms; `undefined`: as long as it likes. */
  readonly idleMs: number | undefined;
  /** Bytes that it asks for. */
  readonly replyBytes: number;
}

/** Its caller knows the outcome. */
export interface Ended {
  readonly type: "ended";
  readonly ms: number;
  readonly localMs: number;
  readonly call: number;
  /** `"ok"` or the error's code. */
  readonly code: string;
  readonly started: boolean;
  readonly message: string;
  /** Number of the call that the reply says it belongs to. */
  readonly answers?: number;
  /** Whether the bytes of the reply are those that were asked for. */
  readonly whole?: boolean;
  /** Items that came. */
  readonly items?: number;
  /** Whether the caller itself ended it. */
  readonly byCaller: boolean;
  /** The server that a broadcast's answer came from. */
  readonly from?: string;
}

/** A handler began. */
export interface Begun {
  readonly type: "begun";
  readonly ms: number;
  readonly call: number;
  readonly process: string;
  readonly server: string;
  /** Whether its input arrived as it was. */
  readonly whole: boolean;
  /** The id that it finds in its context. */
  readonly requestId: string;
}

/** A handler ended. */
export interface HandlerEnded {
  readonly type: "handler ended";
  readonly ms: number;
  readonly call: number;
  readonly process: string;
  /** Whether it was told that nobody waits any more. */
  readonly told: boolean;
}

/** Everything that can be seen. */
export type Observation =
  | Made
  | Ended
  | Begun
  | HandlerEnded
  | {
    readonly type: "died";
    readonly ms: number;
    readonly process: string;
    readonly server: string;
    /** Whether it was ended on purpose, in order. */
    readonly asked: boolean;
  }
  | {
    /** Something was done to a server, or to the network, from one time to another. */
    readonly type: "disturbed";
    readonly what: string;
    readonly servers: readonly string[];
    readonly fromMs: number;
    readonly toMs: number;
  }
  | {
    /** A process did nothing. */
    readonly type: "stalled";
    readonly process: string;
    readonly fromMs: number;
    readonly toMs: number;
  }
  | {
    /** From now on this process sends nonsense: through its slot, on its links, or as one who has neither. */
    readonly type: "liar";
    readonly ms: number;
    readonly process: string;
    readonly to: "its proxy" | "its peers" | "strangers";
  }
  | {
    /** A process has got an end of a connection, or has closed it. */
    readonly type: "wire";
    readonly ms: number;
    readonly wire: number;
    readonly process: string;
    readonly what: "opened" | "closed";
  }
  | {
    /** Bytes that arrived at a server. */
    readonly type: "bytes";
    readonly ms: number;
    readonly wire: number;
    readonly from: string;
    readonly to: string;
    readonly bytes: Uint8Array;
  }
  | {
    /** Frames that one side of a slot has published; the bytes hold until this is over. */
    readonly type: "frames";
    readonly ms: number;
    /** Names the slot in its generation. */
    readonly slot: string;
    readonly generation: number;
    readonly from: string;
    readonly to: string;
    readonly bytes: Uint8Array;
    /** Bytes that its sender had waiting for the slot before, these included. */
    readonly waitingBytes: number;
  }
  | {
    /** The reader of a stream takes no items for a while. */
    readonly type: "reader";
    readonly ms: number;
    readonly call: number;
    readonly process: string;
    readonly what: "stops" | "goes on";
  }
  | {
    /** What an operator reads. */
    readonly type: "log";
    readonly ms: number;
    readonly server: string;
    readonly level: string;
    readonly message: string;
    readonly fields: string;
  }
  | {
    /** What is left when nobody does anything any more. */
    readonly type: "left";
    readonly where: string;
    readonly what: string;
    readonly count: number;
  }
  | {
    /** How much there is of something that has a bound. */
    readonly type: "level";
    readonly ms: number;
    readonly where: string;
    readonly what: "calls" | "calls of a slot" | "waiting calls" | "link bytes" | "handshakes";
    readonly count: number;
  };

/** One promise, checked. */
export interface Check {
  /** Something was seen. */
  see(observation: Observation): void;
  /** Nothing more will be: what was wrong, in words. */
  faults(): string[];
}
