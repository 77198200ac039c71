import type { Action, Program, ScriptedFunction, SeededRandom } from "@stepwell/engine/testing";

/** A function drawn from chance: steps that may fail a few times, sleeps, groups, races, errors of the function. */
export function generateFunction(random: SeededRandom, slug: string): ScriptedFunction {
  let count = 0;
  const nextId = (): string => {
    count += 1;
    return `s${count}`;
  };
  const one = (): Exclude<Action, { kind: "group" | "fail" }> =>
    random.chance(0.25)
      ? { kind: "sleep", id: nextId(), ms: random.pick([0, 1, 500, 60_000, 3_600_000]) }
      : { kind: "step", id: nextId(), failures: random.chance(0.25) ? random.below(3) : 0 };
  const action = (): Action => {
    if (random.chance(0.3)) return { kind: "group", race: random.chance(0.2), members: Array.from({ length: 2 + random.below(4) }, one) };
    if (random.chance(0.1))
      return { kind: "fail", id: nextId(), times: random.chance(0.2) ? Number.POSITIVE_INFINITY : 1 + random.below(2) };
    return one();
  };
  const program: Program = Array.from({ length: 1 + random.below(6) }, action);
  return { slug, program, version: random.chance(0.25) ? 1 : 2 };
}
