import { expect, test } from "vitest";
import { logLevel } from "./log-level.ts";

test("the level is that of the flag, else of -v, else of LOG_LEVEL where that names one, else info", () => {
  const env = { LOG_LEVEL: "WARN" };
  expect(logLevel(new Map([["log-level", "error"]]), env)).toBe("error");
  expect(logLevel(new Map([["verbose", true]]), env)).toBe("debug");
  expect(logLevel(new Map(), env)).toBe("warn");
  expect(logLevel(new Map(), { LOG_LEVEL: "silly" })).toBe("info");
  expect(logLevel(new Map(), {})).toBe("info");
});

test("a level that is none is a usage error with those there are", () => {
  expect(() => logLevel(new Map([["log-level", "loud"]]), {})).toThrow(
    '--log-level is one of trace, debug, info, warn, error, and "loud" is not',
  );
});
