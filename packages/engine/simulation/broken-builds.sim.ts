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

function soundViolation(seed: number): Promise<string | undefined> {
  let result = sound.get(seed);
  if (result === undefined) {
    result = simulate({ seed }).then(({ violation }) => violation);
    sound.set(seed, result);
  }
  return result;
}

describe("the simulator notices a build without", () => {
  test.for(brokenBuilds)("$name", { timeout: 240_000 }, async ({ edits, notices, seed: first }) => {
    using build = await BrokenBuild.make(edits);
    for (let seed = first; seed < first + seedsMax; seed += 1) {
      const { violation } = await simulate({ seed, build });
      if (violation === undefined) continue;
      expect(violation).toMatch(notices);
      expect(await soundViolation(seed)).toBeUndefined();
      return;
    }
    expect.fail(`no simulation of ${seedsMax} seeds from ${first} on noticed`);
  });
});
