import type { SeededRandom } from "@stepwell/engine/testing";

/** How often each thing goes wrong. Drawn from the seed, so that some runs lose replies, some crash often, some do neither. */
export interface Faults {
  /** The process dies before a commit, or right after it, before anybody knows. Per commit. */
  readonly crashBeforeCommit: number;
  readonly crashAfterCommit: number;
  /** The store fails and the process lives on: nothing was written, or all of it was and the answer is lost. Per commit. */
  readonly failBeforeCommit: number;
  readonly loseAnswer: number;
  /** Per call: the app worked and its reply is lost; the app gets the call twice; the reply takes an hour. */
  readonly loseReply: number;
  readonly doubleCall: number;
  readonly lateReply: number;
  /** Per simulated step. */
  readonly restart: number;
  readonly cancel: number;
  readonly clockJump: number;
  readonly staleCheckpoint: number;
}

const none = {
  crashBeforeCommit: 0,
  crashAfterCommit: 0,
  failBeforeCommit: 0,
  loseAnswer: 0,
  loseReply: 0,
  doubleCall: 0,
  lateReply: 0,
  restart: 0,
  cancel: 0,
  clockJump: 0,
  staleCheckpoint: 0,
} satisfies Faults;

export const fairWeather: Faults = none;

const often: Faults = {
  crashBeforeCommit: 0.01,
  crashAfterCommit: 0.01,
  failBeforeCommit: 0.02,
  loseAnswer: 0.02,
  loseReply: 0.05,
  doubleCall: 0.05,
  lateReply: 0.03,
  restart: 0.01,
  cancel: 0.01,
  clockJump: 0.01,
  staleCheckpoint: 0.05,
};

/** Each fault is off in some runs, and of different frequency in the others. */
export function swarmFaults(random: SeededRandom): Faults {
  const faults: Record<string, number> = { ...none };
  for (const [name, rate] of Object.entries(often)) if (random.chance(0.6)) faults[name] = rate * (0.2 + random.uniform() * 2);
  return faults as unknown as Faults;
}
