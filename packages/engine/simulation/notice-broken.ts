import { BrokenBuild } from "./broken-build.ts";
import type { BrokenBuildCase } from "./broken-builds.ts";
import { type SimulationOptions, simulate } from "./simulate.ts";

export interface Noticed {
  readonly seed: number;
  readonly violation: string;
  /** What the build that ships violates with the same seed: then the noticing says nothing. */
  readonly ofSound: string | undefined;
}

/** "Few": what a minute of simulation goes through. */
export const seedsMax = 25;
/** What the sound build made of a seed; several broken builds are noticed by the same ones. */
const sound = new Map<string, Promise<string | undefined>>();

/** What the sound build may violate a little later says as little. */
const stepsBeyond = 20;

/**
 * The first simulation from the case's seed on that notices; `undefined`: none does.
 *
 * @param isWhole - The sound build is simulated to the end; otherwise a little further than it took to notice.
 */
export async function noticeBroken(
  {
    edits,
    seed: first,
    faults,
    withLimits = false,
    withRequests = false,
    withRareOptions = false,
    withLongSleeps = false,
  }: BrokenBuildCase,
  { isWhole }: { readonly isWhole: boolean },
): Promise<Noticed | undefined> {
  using build = await BrokenBuild.make(edits);
  for (let seed = first; seed < first + seedsMax; seed += 1) {
    const options = { seed, withLimits, withRequests, withRareOptions, withLongSleeps, faults: { nickOfTime: 0, ...faults } };
    const { violation, steps } = await simulate({ ...options, build });
    if (violation === undefined) continue;
    const ofSound = await soundViolation({ ...options, ...(isWhole ? {} : { stepsMax: steps + stepsBeyond }) });
    return { seed, violation, ofSound };
  }
  return undefined;
}

function soundViolation(options: SimulationOptions): Promise<string | undefined> {
  const key = JSON.stringify(options);
  let result = sound.get(key);
  if (result === undefined) {
    result = simulate(options).then(({ violation }) => violation);
    sound.set(key, result);
  }
  return result;
}
