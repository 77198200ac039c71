import { StepwellError } from "@stepwell/protocol";
import type { Execution } from "../replay/execution.ts";
import { currentPlace, type Place, runAt } from "../replay/place.ts";
import type { GroupTools } from "./group-tools.ts";
import { raceSteps, type Started } from "./race-steps.ts";

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
    const { name, value } = await raceSteps(execution, here(), starts);
    return (isNamed ? { name, value } : value) as never;
  };
  // A race that nobody awaits may fail without ending the process, as a step may.
  const heard = (branches: Parameters<typeof race>[0]): Promise<never> => {
    const going = race(branches);
    going.catch(() => undefined);
    return going;
  };
  return { parallel, race: heard as GroupTools["race"] };
}

/** Nothing will ever come first: the call would wait for nothing until its time is over. */
function emptyRace(): StepwellError {
  return new StepwellError("invalid_request", "group.race was given no branches, so that none can be the first", {
    retryable: false,
    advice: "Give it one branch at least, or leave the race out where there is nothing to wait for.",
  });
}
