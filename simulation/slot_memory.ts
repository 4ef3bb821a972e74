/**
 * The memory of a simulated slot: the same bytes as of a real one, in the memory of this process.
 *
 * @module
 */
import { ControlOffset, INPUT_SPACE, outputSpace, slotStride } from "../native/layout.ts";

/** A mark: signals that nobody has taken yet, and who is told. */
export class SimMark {
  signals = 0;
  onSignal: (() => void) | undefined;

  signal(): void {
    this.signals++;
    this.onSignal?.();
  }
}

/** One direction: its two control words and its bytes. */
export class SimSpace {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly words: Uint32Array<ArrayBuffer>;

  /**
   * @param memory The slot's memory.
   * @param at Offset of the bytes.
   * @param spaceBytes How many there are.
   * @param tailAt Offset of the producer's word.
   * @param headAt Offset of the consumer's word.
   */
  constructor(
    readonly memory: Uint32Array<ArrayBuffer>,
    at: number,
    spaceBytes: number,
    private readonly tailAt: number,
    private readonly headAt: number,
  ) {
    this.bytes = new Uint8Array(memory.buffer, at, spaceBytes);
    this.words = new Uint32Array(memory.buffer, at, spaceBytes >> 2);
  }

  get tail(): number {
    return this.memory[this.tailAt >> 2]!;
  }
  set tail(position: number) {
    this.memory[this.tailAt >> 2] = position;
  }
  get head(): number {
    return this.memory[this.headAt >> 2]!;
  }
  set head(position: number) {
    this.memory[this.headAt >> 2] = position;
  }
}

/** Both spaces of a slot with their heads and tails, and the sleeping words. */
export class SlotMemory {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly words: Uint32Array<ArrayBuffer>;
  /** Process → proxy. */
  readonly input: SimSpace;
  /** Proxy → process. */
  readonly output: SimSpace;
  #generation = 0;
  /** The marks of this generation. */
  marks = { proxy: new SimMark(), process: new SimMark() };

  /** @param spaceBytes Bytes of each space. */
  constructor(readonly spaceBytes: number) {
    this.bytes = new Uint8Array(slotStride(spaceBytes));
    const words = this.words = new Uint32Array(this.bytes.buffer);
    const { INPUT_TAIL, INPUT_HEAD, OUTPUT_TAIL, OUTPUT_HEAD } = ControlOffset;
    this.input = new SimSpace(words, INPUT_SPACE, spaceBytes, INPUT_TAIL, INPUT_HEAD);
    const at = outputSpace(spaceBytes);
    this.output = new SimSpace(words, at, spaceBytes, OUTPUT_TAIL, OUTPUT_HEAD);
    this.#begin(1);
  }

  /** The slot's generation. */
  get generation(): number {
    return this.#generation;
  }

  /** What a sleeping side wishes for. */
  sleeping(side: "proxy" | "process"): number {
    return this.words[sleepingAt(side)]!;
  }

  /** See {@linkcode sleeping}. */
  setSleeping(side: "proxy" | "process", wishes: number): void {
    this.words[sleepingAt(side)] = wishes;
  }

  /** Empty spaces, new marks, another generation. */
  retire(): void {
    this.marks = { proxy: new SimMark(), process: new SimMark() };
    this.words.fill(0);
    this.#begin(((this.#generation + 1) >>> 0) || 1);
  }

  /** The word is there for who looks at the memory; a process learns its generation otherwise. */
  #begin(generation: number): void {
    this.#generation = generation;
    this.words[ControlOffset.GENERATION >> 2] = generation;
  }
}

function sleepingAt(side: "proxy" | "process"): number {
  return (side === "proxy" ? ControlOffset.PROXY_SLEEPING : ControlOffset.PROCESS_SLEEPING) >> 2;
}
