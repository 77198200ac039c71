import { expect, test } from "vitest";
import { readCircuitBreaker } from "./circuit-breaker.ts";
import { ProblemList } from "./config-problem.ts";
import { limits } from "./limits.ts";

function read(value: unknown) {
  const problems = new ProblemList("f");
  const breaker = readCircuitBreaker(value, problems);
  return { breaker, problems: problems.list.map(({ option, code, message }) => `${option} ${code}: ${message}`) };
}

test("failures or a rate are enough, and the rest has defaults", () => {
  const rest = { windowMs: 60_000, cooldownMs: 30_000, halfOpen: 1 };
  expect(read({ failures: 5 })).toEqual({ breaker: { failures: 5, ...rest }, problems: [] });
  expect(read({ rate: 0.5 })).toEqual({ breaker: { rate: 0.5, ...rest }, problems: [] });
});

test("everything can be said, with names in any case and null as absent", () => {
  const { breaker, problems } = read({
    ...{ Failures: 3, rate: null, window: "10s", COOLDOWN: "5m" },
    ...{ halfopen: 2, key: "event.data.host" },
  });
  expect(problems).toEqual([]);
  expect(breaker).toEqual({ failures: 3, windowMs: 10_000, cooldownMs: 300_000, halfOpen: 2, key: "event.data.host" });
});

test("none is none", () => {
  expect(read(undefined)).toEqual({ breaker: undefined, problems: [] });
  expect(read(null)).toEqual({ breaker: undefined, problems: [] });
});

test.each<readonly [value: unknown, problem: RegExp]>([
  [5, /^circuitBreaker circuit_breaker_invalid: it is an object/],
  [[], /^circuitBreaker circuit_breaker_invalid/],
  [{}, /^circuitBreaker circuit_breaker_invalid: it has either failures or rate$/],
  [{ failures: 1, rate: 0.5 }, /^circuitBreaker circuit_breaker_invalid: it has either/],
  ...[0, -1, 1.5, "5", limits.breakerFailuresMax + 1].map(
    (failures) => [{ failures }, /^circuitBreaker\.failures circuit_breaker_invalid: .*from 1 to/] as const,
  ),
  ...[0, -0.1, 1.1, "0.5", Number.NaN].map((rate) => [{ rate }, /^circuitBreaker\.rate circuit_breaker_invalid: .*above 0/] as const),
  ...["0s", "999ms", "2h", "soon", 30, ""].map(
    (window) => [{ failures: 1, window }, /^circuitBreaker\.window circuit_breaker_invalid: .*is not a duration from 1s to 1h/] as const,
  ),
  [{ failures: 1, cooldown: "1d" }, /^circuitBreaker\.cooldown /],
  [{ failures: 1, halfOpen: 0 }, /^circuitBreaker\.halfOpen /],
  [{ failures: 1, halfOpen: limits.breakerProbesMax + 1 }, /^circuitBreaker\.halfOpen /],
  [{ failures: 1, key: 7 }, /^circuitBreaker\.key /],
])("%j is refused with the option named", (value, problem) => {
  const { problems } = read(value);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatch(problem);
});

test("bounds themselves are taken", () => {
  for (const value of [
    { failures: limits.breakerFailuresMax, window: "1s", cooldown: "1h", halfOpen: limits.breakerProbesMax },
    { rate: 1, window: "1h", cooldown: "1s", halfOpen: 1 },
  ])
    expect(read(value).problems).toEqual([]);
});
