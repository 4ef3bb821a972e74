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

/** SIGHUP being watched, until disposed. */
export interface WatchedHangup extends Disposable {
  /** Sets what to do; it is done at once when the signal came before. */
  handle(handler: () => void): void;
}

/** Watches SIGHUP from now on: it no longer ends the process by itself. */
export function onHangup(): WatchedHangup {
  let came = false;
  let handler: (() => void) | undefined;
  const listen = () => {
    if (handler === undefined) came = true;
    else handler();
  };
  Deno.addSignalListener("SIGHUP", listen);
  return {
    handle(given) {
      handler = given;
      if (came) given();
      came = false;
    },
    [Symbol.dispose]: () => Deno.removeSignalListener("SIGHUP", listen),
  };
}
