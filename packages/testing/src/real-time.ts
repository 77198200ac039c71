// Turns of the real event loop. What is taken here is taken once, when the kit is loaded: a test that fakes timers afterwards
// fakes its own, and not those of the kit.

import { setImmediate as nodeImmediate, setTimeout as nodeTimeout } from "node:timers";

const stopwatch = performance.now.bind(performance);

/** Lets the event loop go round once: timers, sockets and files of user code get their turn. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => void nodeImmediate(resolve));
}

/** A turn, for those who have waited for many: it leaves the processor to others for a moment. */
export function restTurn(): Promise<void> {
  return new Promise((resolve) => void nodeTimeout(resolve, 1));
}

export function atEndOfTurn(callback: () => void): void {
  nodeImmediate(callback);
}

/** Real milliseconds since some instant. */
export function realMs(): number {
  return stopwatch();
}
