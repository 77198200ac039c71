import { expect, test } from "vitest";
import { functionSettings } from "./function-settings.ts";

const read = (content: Readonly<Record<string, unknown>>, command: "dev" | "start" = "start") =>
  functionSettings({ path: "stepwell.json", content }, command);
const rest = { windowMs: 60_000, cooldownMs: 30_000, halfOpen: 1 };

test("breakers are read by function, for all others, and taken away", () => {
  const functions = {
    "shop-a": { circuitBreaker: { failures: 5 } },
    "shop-b": { circuitBreaker: false },
    "*": { circuitBreaker: { rate: 0.5 } },
  };
  expect(read({ functions })).toEqual({
    circuitBreakers: { "shop-a": { failures: 5, ...rest }, "shop-b": false, "*": { rate: 0.5, ...rest } },
  });
});

test("those of the command win over those of both; without any there are none", () => {
  const of = (failures: number) => ({ f: { circuitBreaker: { failures } } });
  const content = { functions: of(1), dev: { functions: of(2) } };
  expect(read(content, "dev").circuitBreakers).toMatchObject({ f: { failures: 2 } });
  expect(read(content, "start").circuitBreakers).toMatchObject({ f: { failures: 1 } });
  expect(read({})).toEqual({});
  expect(functionSettings(undefined, "dev")).toEqual({});
});

test("numbers may be text, as YAML gives them", () => {
  const functions = { f: { circuitBreaker: { failures: "5", halfOpen: "2", window: "10s" } }, g: { circuitBreaker: "false" } };
  expect(read({ functions })).toEqual({ circuitBreakers: { f: { failures: 5, ...rest, windowMs: 10_000, halfOpen: 2 }, g: false } });
});

test.each<readonly [functions: unknown, message: RegExp]>([
  [[], /"functions" in stepwell\.json is no object/],
  [{ f: 5 }, /"f" is no object/],
  [{ f: { retries: 3 } }, /"f" has "retries"; the one setting/],
  [{ f: { circuitBreaker: {} } }, /"f": circuitBreaker: it has either failures or rate/],
  [{ f: { circuitBreaker: { failures: "many" } } }, /circuitBreaker\.failures: failures is a whole number/],
  [{ f: { circuitBreaker: { failures: 1, key: "event.data." } } }, /"f": circuitBreaker\.key: /],
  [{ f: { circuitBreaker: { failures: 1, cooldown: "2d" } } }, /circuitBreaker\.cooldown: "2d" is not a duration/],
])("what is not understood is refused with its place: %j", (functions, message) => {
  expect(() => read({ functions })).toThrow(
    expect.objectContaining({ exitCode: 2, code: "circuit_breaker_invalid", message: expect.stringMatching(message) }),
  );
});
