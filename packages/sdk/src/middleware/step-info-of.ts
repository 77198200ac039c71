import type { FoundStep } from "../replay/found-step.ts";
import type { StepInfo } from "./middleware.ts";

/** A step as middleware sees it. */
export function stepInfoOf({ call, hashed }: Pick<FoundStep, "call" | "hashed">, memoized: boolean): StepInfo {
  const { id, name, type, work } = call;
  return {
    hashedId: hashed,
    memoized,
    options: name === id ? { id } : { id, name },
    stepType: type.replace(/^step\./, ""),
    ...(work.input === undefined ? {} : { input: [...work.input] }),
  };
}
