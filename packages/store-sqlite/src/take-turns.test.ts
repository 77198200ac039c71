import { expect, test } from "vitest";
import { takeTurns, turnsBefore } from "./take-turns.ts";

test("a lane whose turn comes first has one turn more than its elders give it", () => {
  expect(turnsBefore({ isBefore: true, count: 5 }, 0)).toBe(1);
  expect(turnsBefore({ isBefore: false, count: 5 }, 0)).toBe(0);
  expect(turnsBefore({ isBefore: true, count: 5 }, 2)).toBe(3);
  expect(turnsBefore({ isBefore: false, count: 5 }, 2)).toBe(2);
});

test("a lane has no more turns than items", () => {
  expect(turnsBefore({ isBefore: true, count: 1 }, 7)).toBe(1);
  expect(turnsBefore({ isBefore: false, count: 1 }, 7)).toBe(1);
});

test("turns go round", () => {
  expect(takeTurns([["a1", "a2", "a3"], ["b1"], [], ["d1", "d2"]], 10)).toEqual(["a1", "b1", "d1", "a2", "d2", "a3"]);
  expect(takeTurns([["a1", "a2"], ["b1"]], 2)).toEqual(["a1", "b1"]);
  expect(takeTurns([], 2)).toEqual([]);
});
