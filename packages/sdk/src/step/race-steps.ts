import type { Execution } from "../replay/execution.ts";
import { type Place, runAt } from "../replay/place.ts";
import { RaceBranch } from "../replay/race-branch.ts";

export type Started = () => Promise<unknown>;

export interface Won {
  readonly name: string;
  readonly value: unknown;
}

/**
 * Begins branches together and goes on with the first that ends in a way that counts; the others are called off. Where none
 * counts, with the last.
 *
 * @param counts - Of a value; an error always does.
 */
export async function raceSteps(
  execution: Execution,
  place: Place,
  starts: readonly (readonly [name: string, start: Started])[],
  counts: (value: unknown) => boolean = () => true,
): Promise<Won> {
  const running = starts.map(([name, start]) => begin(place, name, start));
  return first(running, counts, (winner) => {
    for (const { branch } of running) if (branch !== winner) execution.cancel(branch.steps);
  });
}

interface Running {
  readonly branch: RaceBranch;
  readonly name: string;
  readonly end: Promise<unknown>;
}

function begin(place: Place, name: string, start: Started): Running {
  const branch = new RaceBranch();
  const end = runAt({ ...place, isRacing: true, branches: [...place.branches, branch] }, async () => start());
  return { branch, name, end };
}

/** The winner is told before anybody else can go on. */
function first(running: readonly Running[], counts: (value: unknown) => boolean, onEnd: (winner: RaceBranch) => void): Promise<Won> {
  return new Promise((resolve, reject) => {
    let left = running.length;
    const settle = (branch: RaceBranch, act: () => void): void => {
      if (left <= 0) return;
      left = 0;
      onEnd(branch);
      act();
    };
    for (const { branch, name, end } of running)
      end.then(
        (value) => {
          if (left > 1 && !counts(value)) left -= 1;
          else settle(branch, () => resolve({ name, value }));
        },
        (error: unknown) => settle(branch, () => reject(error)),
      );
  });
}
