import { exitCodes } from "./exit-codes.ts";

/**
 * Takes the signals that mean stop, from now on. The first one resolves `first`; a second one ends the process at once.
 * A closed terminal says SIGHUP, which is a stop like the others.
 */
export function stopSignals(): { readonly first: Promise<void> } {
  let isStopping = false;
  const first = new Promise<void>((resolve) => {
    const stop = (signal: NodeJS.Signals): void => {
      if (isStopping) process.exit(signal === "SIGTERM" ? exitCodes.terminated : exitCodes.interrupted);
      isStopping = true;
      resolve();
    };
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
  });
  return { first };
}
