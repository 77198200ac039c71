import type { SeededRandom } from "@stepwell/engine/testing";

/** How often each thing goes wrong. Drawn from the seed, so that some runs lose replies, some crash often, some do neither. */
export interface Faults {
  /** The process dies before a commit, or right after it, before anybody knows. Per commit. */
  readonly crashBeforeCommit: number;
  readonly crashAfterCommit: number;
  /** The store fails and the process lives on: nothing was written, or all of it was and the answer is lost. Per commit. */
  readonly failBeforeCommit: number;
  readonly loseAnswer: number;
  /** Per operation of the store that only reads: it fails. */
  readonly failRead: number;
  /** Per operation of the store: it takes time to arrive, or its answer does. */
  readonly slowStore: number;
  readonly slowAnswer: number;
  /** The same, of a process that has only just begun: what it takes over waits for a while to be claimed. */
  readonly slowStart: number;
  /** Per batch that was committed, and per batch that the store failed to commit: a copy arrives later, up to hours. */
  readonly lateCopy: number;
  readonly lateCopyOfFailed: number;
  /** Per batch that a dead process had sent: it arrives all the same, at the store of the next owner. */
  readonly lateDelivery: number;
  /** Per call: the app worked and its reply is lost; the app gets the call twice; the reply takes an hour. */
  readonly loseReply: number;
  readonly doubleCall: number;
  readonly lateReply: number;
  /**
   * Per request of a step: the far side answers an hour later; it gets the request twice; it answers 500; what it answers is
   * too large; the connection ends without an answer.
   */
  readonly farLate: number;
  readonly farTwice: number;
  readonly farError: number;
  readonly farTooLarge: number;
  readonly farReset: number;
  /** Per simulated step: the process dies; it only sleeps, is taken for dead and goes on beside the next; it is told to stop. */
  readonly restart: number;
  readonly sleepThrough: number;
  readonly drain: number;
  /** Per simulated step: what people and their programs do. */
  readonly cancel: number;
  readonly cancelMany: number;
  readonly signal: number;
  readonly invoke: number;
  readonly nickOfTime: number;
  readonly many: number;
  readonly staleCheckpoint: number;
  readonly refusedRequest: number;
  readonly sync: number;
  /** Per simulated step: the wall clock is set, forward or back. */
  readonly clockForward: number;
  readonly clockBack: number;
}

/** In the order in which their frequencies are drawn: what is put at the end changes nothing of the others. */
const often: Faults = {
  crashBeforeCommit: 0.01,
  crashAfterCommit: 0.01,
  failBeforeCommit: 0.02,
  loseAnswer: 0.02,
  failRead: 0.02,
  slowStore: 0.15,
  slowAnswer: 0.1,
  slowStart: 0.3,
  lateCopy: 0.1,
  lateCopyOfFailed: 0.7,
  lateDelivery: 0.6,
  loseReply: 0.05,
  doubleCall: 0.05,
  lateReply: 0.03,
  restart: 0.01,
  sleepThrough: 0.01,
  drain: 0.005,
  cancel: 0.02,
  cancelMany: 0.003,
  signal: 0.08,
  invoke: 0.02,
  many: 0.006,
  staleCheckpoint: 0.05,
  refusedRequest: 0.01,
  sync: 0.01,
  clockForward: 0.01,
  clockBack: 0.01,
  farLate: 0.05,
  farTwice: 0.1,
  farError: 0.2,
  farTooLarge: 0.03,
  farReset: 0.2,
  nickOfTime: 0.08,
};

export const fairWeather = Object.fromEntries(Object.keys(often).map((name) => [name, 0])) as unknown as Faults;

/** Each fault is off in some runs, and of different frequency in the others. */
export function swarmFaults(random: SeededRandom): Faults {
  const faults: Record<string, number> = { ...fairWeather };
  for (const [name, rate] of Object.entries(often))
    if (random.chance(0.6)) faults[name] = Math.min(0.9, rate * (0.2 + random.uniform() * 2));
  return faults as unknown as Faults;
}
