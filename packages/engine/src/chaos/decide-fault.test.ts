import { limits } from "@stepwell/protocol";
import { expect, test } from "vitest";
import { SeededRandom } from "../../testing/index.ts";
import { decideFault } from "./decide-fault.ts";

const draw = (question: Partial<Parameters<typeof decideFault>[0]>, count = 2_000) => {
  const random = new SeededRandom(1);
  return Array.from({ length: count }, () => decideFault({ rate: 1, isParallel: true, failuresInARow: 0, ...question }, random)?.kind);
};

test("so many calls meet a fault as the rate says", () => {
  const hit = draw({ rate: 0.2 }).filter((kind) => kind !== undefined).length;
  expect(hit).toBeGreaterThan(340);
  expect(hit).toBeLessThan(460);
  expect(draw({ rate: 0 }).every((kind) => kind === undefined)).toBe(true);
});

test("a call alone has nobody who could overtake it", () => {
  expect(new Set(draw({ isParallel: false }))).toEqual(new Set(["doubled", "reply_lost", "refused", "delayed"]));
});

test("an item that failed so often in a row fails no more", () => {
  expect(draw({ failuresInARow: limits.chaosFailuresInARowMax - 1 })).toContain("refused");
  expect(new Set(draw({ failuresInARow: limits.chaosFailuresInARowMax }))).toEqual(new Set(["doubled", "delayed", "reordered"]));
});
