/**
 * The mark device in Deno's own reactor: an eventfd is read like a pipe. Half the latency and twice the throughput of
 * a nonblocking FFI wait, but `pipe_wrap` is undocumented: `openMarkDevice` tests it before anybody relies on it.
 *
 * @module
 */
import { MeshError } from "../errors.ts";
import { native } from "../native/ffi.ts";
import { duplicateFd } from "./duplicate_fd.ts";
import type { MarkDevice } from "./mark_device.ts";

// User code of the same process may replace it.
const { setImmediate } = globalThis;

/** What is used of Node's internal `Pipe` (checked on Deno 2.9.6). */
interface Pipe {
  /** Takes the descriptor over: `close` closes it. 0, or a negative errno. */
  open(fd: number): number;
  /** Called with each chunk; anything but a chunk is the end of the file. */
  onread: (chunk: unknown) => void;
  /** Starts reading; it never stops by itself. 0, or a negative errno. */
  readStart(): number;
  close(): void;
}

/** Watches marks through Deno's reactor. */
export class ReactorDevice implements MarkDevice {
  readonly mechanism = "reactor";
  readonly fallbackReason = undefined;
  readonly #Pipe: PipeClass;
  readonly #open = new Set<Pipe>();

  /**
   * @throws MeshError `UNIMPLEMENTED` when this Deno has no such reactor.
   */
  constructor() {
    this.#Pipe = pipeClass();
  }

  /** See {@linkcode MarkDevice.watch}. */
  watch(eventFd: number, onAlert: () => void): Disposable {
    const pipe = this.#read(eventFd, (chunk) => {
      if (chunk instanceof ArrayBuffer) onAlert();
    });
    return { [Symbol.dispose]: () => this.#close(pipe) };
  }

  /** See {@linkcode MarkDevice.watchHangup}. */
  watchHangup(fd: number, onHangup: () => void): Disposable {
    const pipe = this.#read(fd, (chunk) => {
      // Nothing is ever said on a life line, so a chunk would be of no interest.
      if (chunk instanceof ArrayBuffer) return;
      this.#close(pipe);
      onHangup();
    });
    return { [Symbol.dispose]: () => this.#close(pipe) };
  }

  /** See {@linkcode MarkDevice.nextTurn}. */
  nextTurn(callback: () => void): void {
    setImmediate(callback);
  }

  #read(fd: number, onRead: (chunk: unknown) => void): Pipe {
    const own = duplicateFd(fd);
    const pipe = new this.#Pipe(0);
    const opened = pipe.open(own);
    if (opened !== 0) {
      native().mesh_fd_close(own);
      throw failed(fd, "open", opened);
    }
    pipe.onread = (chunk) => {
      if (this.#open.has(pipe)) onRead(chunk);
    };
    this.#open.add(pipe);
    const started = pipe.readStart();
    if (started !== 0) {
      this.#close(pipe);
      throw failed(fd, "read", started);
    }
    return pipe;
  }

  #close(pipe: Pipe): void {
    if (this.#open.delete(pipe)) pipe.close();
  }

  /** Stops everything that is watched. */
  [Symbol.dispose](): void {
    for (const pipe of this.#open) this.#close(pipe);
  }

  /** Stops everything that is watched. */
  [Symbol.asyncDispose](): Promise<void> {
    this[Symbol.dispose]();
    return Promise.resolve();
  }
}

type PipeClass = new (type: number) => Pipe;

function pipeClass(): PipeClass {
  // The global, since importing node:process makes every type check want the types of Node.
  const { process } = globalThis as unknown as {
    process?: { binding?(name: string): { Pipe?: PipeClass } };
  };
  let found: PipeClass | undefined;
  try {
    found = process?.binding?.("pipe_wrap").Pipe;
  } catch (cause) {
    throw new MeshError("UNIMPLEMENTED", 'this Deno has no process.binding("pipe_wrap")', {
      cause,
    });
  }
  if (typeof found !== "function") {
    throw new MeshError("UNIMPLEMENTED", "this Deno's pipe_wrap has no Pipe");
  }
  return found;
}

function failed(fd: number, attempt: string, result: number): MeshError {
  return new MeshError(
    "UNAVAILABLE",
    `watch file descriptor ${fd} in the reactor: ${attempt} returned ${result}`,
    { started: false },
  );
}
