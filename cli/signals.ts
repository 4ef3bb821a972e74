/**
 * The signals that end a command.
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
