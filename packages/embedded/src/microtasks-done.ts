// Taken once: a test that fakes them afterwards fakes its own.
const nextTick = process.nextTick.bind(process);
const immediate = setImmediate;
const done = Promise.resolve();

/** What waits until no promise can go on. */
export interface Waiting {
  onMoment(): void;
}

/** Who waits, in the order of asking; those that asked before the tick was asked for are told by it. */
let waiting: Waiting[] = [];
let isArmed = false;
let ripe = 0;

/**
 * Tells `work` once no promise has anything to do any more: everything that code can do without the world outside is done.
 * Cheaper than a turn of the event loop, and a run of a few steps needs several. A tick that is asked for by a microtask comes
 * when the last of them is over; one that is asked for by a tick would come before the first.
 */
export function microtasksDone(work: Waiting): void {
  waiting.push(work);
  if (!isArmed) arm();
}

/** Runs `work` in the next turn of the event loop. */
export function inLaterTurn(work: () => void): void {
  immediate(work);
}

function arm(): void {
  isArmed = true;
  void done.then(onMicrotask);
}

function onMicrotask(): void {
  ripe = waiting.length;
  nextTick(onTick);
}

function onTick(): void {
  const now = waiting;
  waiting = now.length === ripe ? [] : now.slice(ripe);
  isArmed = false;
  if (waiting.length > 0) arm();
  const count = ripe;
  for (let index = 0; index < count; index += 1) now[index]?.onMoment();
}
