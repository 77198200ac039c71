import { constraintsOf, laneKeyOf } from "../src/constraints.ts";

/** A lane of its own for each name: a key that no rule limits. */
export function laneOf(name: string): string {
  return laneKeyOf([["step fn named", name]]);
}

export function nameOfLane(laneKey: string): string {
  return constraintsOf(laneKey)[0]?.[1] ?? "";
}
