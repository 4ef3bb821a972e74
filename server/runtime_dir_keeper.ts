/**
 * Keeps a running server reachable: when somebody removes its runtime directory (a clean-up of temporary
 * files, the log-out of its user), it is made anew and listened in again. Calls never notice: they need no file.
 *
 * @module
 */
import { textOf } from "../boundary/text.ts";
import { RUNTIME_DIR_CHECK_MS } from "../limits.ts";
import type { Logger } from "../observe/log.ts";
import type { ControlServer } from "../shm/control_server.ts";
import type { AdminServer } from "./admin.ts";
import type { RuntimeDir } from "./runtime_dir.ts";

/** What is kept. */
export interface KeeperOptions {
  readonly runtimeDir: RuntimeDir;
  readonly control: ControlServer;
  readonly admin: AdminServer;
  readonly log: Logger;
}

/** Looks from time to time whether the directory is there, and makes it anew if not. */
export class RuntimeDirKeeper implements AsyncDisposable {
  readonly #options: KeeperOptions;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #looking: Promise<void> = Promise.resolve();
  #closed = false;
  /** Why it could not be made anew the last time. */
  #trouble: string | undefined;

  /** @param options See {@linkcode KeeperOptions}. */
  constructor(options: KeeperOptions) {
    this.#options = options;
    this.#wait();
  }

  /** Stops looking. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#looking;
  }

  #wait(): void {
    if (this.#closed) return;
    this.#timer = setTimeout(() => {
      this.#looking = this.#look().finally(() => this.#wait());
    }, RUNTIME_DIR_CHECK_MS);
  }

  async #look(): Promise<void> {
    const { runtimeDir, control, admin, log } = this.#options;
    const path = runtimeDir.path("");
    try {
      const done = [runtimeDir.restore(), control.listenAgain(), await admin.listenUnixAgain()];
      if (done.includes(true)) log.warn("the runtime directory was gone: made anew", { path });
      this.#trouble = undefined;
    } catch (error) {
      const why = textOf(error);
      if (why === this.#trouble) return;
      this.#trouble = why;
      log.error("the runtime directory is gone: no process can attach, calls go on", { path, why });
    }
  }
}
