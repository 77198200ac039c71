// The simulator must be able to fail. Each build here lacks one guard of the shipped sources, and a simulation must
// notice; the same seed on the build that ships must not fail, or the noticing would say nothing.

import { describe, expect, test } from "vitest";
import { BrokenBuild } from "./broken-build.ts";
import { brokenBuilds } from "./broken-builds.ts";
import { simulate } from "./simulate.ts";

/** "Few": what a minute of simulation goes through. */
const seedsMax = 25;
/** What the sound build made of a seed; several broken builds are noticed by the same ones. */
const sound = new Map<number, Promise<string | undefined>>();

function soundViolation(seed: number, withLimits: boolean): Promise<string | undefined> {
  const key = withLimits ? -seed : seed;
  let result = sound.get(key);
  if (result === undefined) {
    result = simulate({ seed, withLimits }).then(({ violation }) => violation);
    sound.set(key, result);
  }
  return result;
}

describe("the simulator notices a build without", () => {
  test.for(brokenBuilds)("$name", { timeout: 240_000 }, async ({ edits, notices, seed: first, withLimits = false }) => {
    using build = await BrokenBuild.make(edits);
    for (let seed = first; seed < first + seedsMax; seed += 1) {
      const { violation } = await simulate({ seed, build, withLimits });
      if (violation === undefined) continue;
      expect(violation).toMatch(notices);
      expect(await soundViolation(seed, withLimits)).toBeUndefined();
      return;
    }
    expect.fail(`no simulation of ${seedsMax} seeds from ${first} on noticed`);
  });
});
