// The simulator must be able to fail. Each build here lacks one guard of the shipped sources, and a simulation must
// notice; the same seed on the build that ships must not fail up to there, or the noticing would say nothing.

import { describe, expect, test } from "vitest";
import { brokenBuilds } from "./broken-builds.ts";
import { noticeBroken, seedsMax } from "./notice-broken.ts";

describe("the simulator notices a build without", () => {
  test.for(brokenBuilds)("$name", { timeout: 240_000 }, async (broken) => {
    const noticed = await noticeBroken(broken, { isWhole: false });
    if (noticed === undefined) return expect.fail(`no simulation of ${seedsMax} seeds from ${broken.seed} on noticed`);
    expect(noticed.violation).toMatch(broken.notices);
    expect(noticed.ofSound).toBeUndefined();
  });
});
