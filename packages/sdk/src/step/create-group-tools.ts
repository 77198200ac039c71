import { StepwellError } from "@stepwell/protocol";
import type { Execution } from "../replay/execution.ts";
import { currentPlace, type Place, runAt } from "../replay/place.ts";
import { RaceBranch } from "../replay/race-branch.ts";
import type { GroupTools } from "./group-tools.ts";

type Started = () => Promise<unknown>;

/** `place` is where code stands that the platform cannot follow. */
export function createGroupTools(execution: Execution, place: Place): GroupTools {
  const here = (): Place => {
    const current = currentPlace();
    return current?.execution === execution ? current : place;
  };
  const parallel = (first: unknown, second?: unknown): Promise<never> => {
    const callback = (typeof first === "function" ? first : second) as () => Promise<never>;
    const { mode } = (typeof first === "function" ? {} : first) as { readonly mode?: "race" };
    return mode === "race" ? runAt({ ...here(), isRacing: true }, callback) : callback();
  };
  const race = async (branches: readonly Started[] | Readonly<Record<string, Started>>): Promise<never> => {
    const isNamed = !Array.isArray(branches);
    const starts = isNamed
      ? Object.entries(branches)
      : (branches as readonly Started[]).map((start, index) => [String(index), start] as const);
    if (starts.length === 0) throw emptyRace();
    const running = starts.map(([name, start]) => begin(here(), name, start));
    const { name, value } = await first(running, (winner) => {
      for (const { branch } of running) if (branch !== winner) execution.cancel(branch.steps);
    });
    return (isNamed ? { name, value } : value) as never;
  };
  return { parallel, race: race as GroupTools["race"] };
}

/** Nothing will ever come first: the call would wait for nothing until its time is over. */
function emptyRace(): StepwellError {
  return new StepwellError("invalid_request", "group.race was given no branches, so that none can be the first", {
    retryable: false,
    advice: "Give it one branch at least, or leave the race out where there is nothing to wait for.",
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

/** The first that settles, told before anybody else can go on. */
function first(
  running: readonly Running[],
  onEnd: (winner: RaceBranch) => void,
): Promise<{ readonly name: string; readonly value: unknown }> {
  return new Promise((resolve, reject) => {
    let isOver = false;
    const settle = (branch: RaceBranch, act: () => void): void => {
      if (isOver) return;
      isOver = true;
      onEnd(branch);
      act();
    };
    for (const { branch, name, end } of running)
      end.then(
        (value) => settle(branch, () => resolve({ name, value })),
        (error: unknown) => settle(branch, () => reject(error)),
      );
  });
}
