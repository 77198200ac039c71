import { exitCodes } from "./exit-codes.ts";

/**
 * npm and npx pass a terminal's Ctrl-C on to a program that has had it from the terminal: two signals for one press. Nobody
 * means two by two that come so close together.
 */
const samePressMs = 250;

/**
 * Takes the signals that mean stop, from now on. The first one resolves `first`; a second one ends the process at once.
 * A closed terminal says SIGHUP, which is a stop like the others.
 */
export function stopSignals(): { readonly first: Promise<void> } {
  let firstAt: number | undefined;
  const first = new Promise<void>((resolve) => {
    const stop = (signal: NodeJS.Signals): void => {
      if (firstAt === undefined) {
        firstAt = performance.now();
        resolve();
      } else if (performance.now() - firstAt > samePressMs)
        process.exit(signal === "SIGTERM" ? exitCodes.terminated : exitCodes.interrupted);
    };
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
  });
  return { first };
}
