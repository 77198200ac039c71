// The simulator must be able to fail. Each build here lacks one guard of the shipped sources, and a simulation must
// notice; the same seed on the build that ships must not fail up to there, or the noticing would say nothing.

import { describe, expect, test } from "vitest";
import type { BrokenBuildCase } from "./broken-builds.ts";
import { noticeBroken, seedsMax } from "./notice-broken.ts";

export function noticesEach(cases: readonly BrokenBuildCase[]): void {
  describe("the simulator notices a build without", () => {
    test.for(cases)("$name", { timeout: 240_000 }, async (broken) => {
      const noticed = await noticeBroken(broken, { isWhole: false });
      if (noticed === undefined) return expect.fail(`no simulation of ${seedsMax} seeds from ${broken.seed} on noticed`);
      expect(noticed.violation).toMatch(broken.notices);
      expect(noticed.ofSound).toBeUndefined();
    });
  });
}
