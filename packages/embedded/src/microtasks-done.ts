// Taken once: a test that fakes them afterwards fakes its own.
const nextTick = process.nextTick.bind(process);
const immediate = setImmediate;
const done = Promise.resolve();

/**
 * Runs `work` once no promise has anything to do any more: everything that code can do without the world outside is done.
 * Cheaper than a turn of the event loop, and a run of a few steps needs several. A tick that is asked for by a microtask comes
 * when the last of them is over; one that is asked for by a tick would come before the first.
 */
export function microtasksDone(work: () => void): void {
  void done.then(() => nextTick(work));
}

/** Runs `work` in the next turn of the event loop. */
export function inLaterTurn(work: () => void): void {
  immediate(work);
}
