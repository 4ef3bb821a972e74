/**
 * The signals that a command obeys.
 *
 * @module
 */

/** A signal that ends a command. */
export type EndSignal = "SIGINT" | "SIGTERM";

/** What to do about a signal; `count` is 1 for the first one. */
export type SignalHandler = (count: number, signal: EndSignal) => void;

/** Signals that are being watched, until disposed. */
export interface WatchedSignals extends Disposable {
  /** Sets what to do; it is told at once about signals that came before. */
  handle(handler: SignalHandler): void;
}

/** Watches SIGINT and SIGTERM from now on: they no longer end the process by themselves. */
export function onSignals(): WatchedSignals {
  const seen: EndSignal[] = [];
  let handler: SignalHandler | undefined;
  const listener = (signal: EndSignal) => () => {
    seen.push(signal);
    handler?.(seen.length, signal);
  };
  const listeners = (["SIGINT", "SIGTERM"] as const).map((signal) =>
    [signal, listener(signal)] as const
  );
  for (const [signal, listen] of listeners) Deno.addSignalListener(signal, listen);
  return {
    handle(given) {
      handler = given;
      for (const [i, signal] of seen.entries()) given(i + 1, signal);
    },
    [Symbol.dispose]() {
      for (const [signal, listen] of listeners) Deno.removeSignalListener(signal, listen);
    },
  };
}

/** Why SIGHUP came: somebody sent it, or the terminal that the program was started in is gone. */
export type HangupReason = "sent" | "terminal";

/** SIGHUP being watched, until disposed. */
export interface WatchedHangup extends Disposable {
  /** Sets what to do; it is done at once when the signal came before. */
  handle(handler: (reason: HangupReason) => void): void;
}

/**
 * Watches SIGHUP from now on: it no longer ends the process by itself. Under `nohup` a terminal that goes
 * is no reason to end.
 */
export function onHangup(): WatchedHangup {
  const endsWithTerminal = hasTerminal() && !ignoresHangup();
  let came: HangupReason | undefined;
  let handler: ((reason: HangupReason) => void) | undefined;
  const listen = () => {
    came = endsWithTerminal && !hasTerminal() ? "terminal" : "sent";
    handler?.(came);
  };
  Deno.addSignalListener("SIGHUP", listen);
  return {
    handle(given) {
      handler = given;
      if (came !== undefined) given(came);
    },
    [Symbol.dispose]: () => Deno.removeSignalListener("SIGHUP", listen),
  };
}

/** Whether this process has a terminal that can send it signals. */
function hasTerminal(): boolean {
  try {
    Deno.openSync("/dev/tty").close();
    return true;
  } catch {
    return false;
  }
}

/** Whether whoever started this process had it ignore SIGHUP, which is signal 1. */
function ignoresHangup(): boolean {
  const mask = /^SigIgn:\s*[0-9a-f]*([0-9a-f])$/m.exec(Deno.readTextFileSync("/proc/self/status"));
  return (parseInt(mask?.[1] ?? "0", 16) & 1) === 1;
}
