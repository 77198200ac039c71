import type { Action, Leaf, Program, ScriptedFunction, SeededRandom } from "@stepwell/engine/testing";

/** A function drawn from chance: steps that may fail a few times, sleeps, branches, races, errors of the function. */
export function generateFunction(random: SeededRandom, slug: string): ScriptedFunction {
  let count = 0;
  const nextId = (): string => {
    count += 1;
    return `s${count}`;
  };
  const leaf = (): Leaf => {
    if (random.chance(0.25)) return { kind: "sleep", id: nextId(), ms: random.pick([0, 1, 500, 60_000, 3_600_000]) };
    const failures = random.chance(0.25) ? random.below(3) : 0;
    return { kind: "step", id: nextId(), failures, ...(random.chance(0.1) ? { isFatal: true } : {}) };
  };
  const parallel = (depth: number): Action => ({
    kind: "parallel",
    race: random.chance(0.25),
    branches: Array.from({ length: 2 + random.below(4) }, () =>
      Array.from({ length: random.chance(0.7) ? 1 : 2 }, () => (depth < 2 && random.chance(0.1) ? parallel(depth + 1) : leaf())),
    ),
  });
  const action = (): Action => {
    if (random.chance(0.3)) return parallel(1);
    if (random.chance(0.1))
      return { kind: "fail", id: nextId(), times: random.chance(0.2) ? Number.POSITIVE_INFINITY : 1 + random.below(2) };
    if (random.chance(0.05)) return { kind: "nothing", id: nextId(), times: 1 + random.below(2) };
    return random.chance(0.02) ? { kind: "refused", id: nextId() } : leaf();
  };
  const program: Program = Array.from({ length: 1 + random.below(6) }, action);
  return { slug, program, version: random.chance(0.25) ? 1 : 2, stepsPerCheckpoint: random.chance(0.4) ? 1 + random.below(3) : 0 };
}

/** How a run of the program ends when nobody ends it. */
export function endOf(program: Program): "completed" | "failed" {
  return program.some((action) => action.kind === "refused" || (action.kind === "fail" && action.times === Number.POSITIVE_INFINITY))
    ? "failed"
    : "completed";
}
