import type { Clock } from "./clock.ts";

/**
 * Waits while it holds, at most so long; it is looked again and again. The end is one timer: on a machine that has much to do
 * each of many short pauses is longer than it was to be.
 */
export async function waitWhile(
  clock: Clock,
  holds: () => boolean,
  { msMax, lookMs }: { readonly msMax: number; readonly lookMs: number },
) {
  if (msMax <= 0) return;
  let isOver = false;
  const callOff = clock.after(msMax, () => {
    isOver = true;
  });
  while (holds() && !isOver) await new Promise<void>((resolve) => void clock.after(lookMs, resolve));
  callOff();
}
