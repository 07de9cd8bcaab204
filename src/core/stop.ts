// Stopping long work from outside: a run of ONNX Runtime blocks its thread, so that a signal is heard only between two runs,
// and only when the event loop is let turn there.

import { BiobertError } from "./errors.ts";

/** Node has it, browsers do not. */
const immediately = (globalThis as Record<string, unknown>)["setImmediate"] as ((done: () => void) => void) | undefined;

/**
 * Lets the event loop turn: timers, input and output, and signals such as Ctrl-C get their moment. In browsers a message
 * comes back at once, where a timer of no time takes a millisecond or more.
 */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    if (immediately !== undefined) {
      immediately(resolve);
      return;
    }
    const { port1, port2 } = new MessageChannel();
    port1.addEventListener("message", () => {
      port1.close();
      resolve();
    });
    port1.start();
    port2.postMessage(undefined);
  });
}

/** Throws `BiobertError` `interrupted` when the signal has fired. */
export function stopIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new BiobertError({ code: "interrupted", message: "stopped before the end, as asked" });
}
