import type { RunId, StepId } from "@stepwell/protocol";
import { expect, test } from "vitest";
import { StepCredentials } from "./step-credentials.ts";

const [a, b] = ["run-a", "run-b"] as readonly string[] as readonly [RunId, RunId];
const [one, two] = ["one", "two"] as readonly string[] as readonly [StepId, StepId];
const of = (url: string) => ({ url, headers: [["k", "v"]] as const });

test("what was reported first stays until it is forgotten, with its step or with its run", () => {
  const credentials = new StepCredentials();
  credentials.keep(a, one, of("first"));
  credentials.keep(a, one, of("second"));
  credentials.keep(a, two, of("two"));
  credentials.keep(b, one, of("b"));
  expect(credentials.find(a, one)?.url).toBe("first");
  credentials.forget(a, one);
  expect([credentials.find(a, one), credentials.find(a, two)?.url]).toEqual([undefined, "two"]);
  credentials.forgetRun(a);
  expect([credentials.find(a, two), credentials.find(b, one)?.url]).toEqual([undefined, "b"]);
});

test("beyond the bound the oldest run's go, and only they", () => {
  const credentials = new StepCredentials(20);
  credentials.keep(a, one, of("12345678"));
  credentials.keep(b, one, of("12345678"));
  expect([credentials.find(a, one)?.url, credentials.find(b, one)?.url]).toEqual(["12345678", "12345678"]);
  credentials.keep(b, two, of("1"));
  expect([credentials.find(a, one), credentials.find(b, one)?.url, credentials.find(b, two)?.url]).toEqual([undefined, "12345678", "1"]);
  credentials.forget(b, one);
  credentials.keep(a, one, of("1234567"));
  expect(credentials.find(b, two)).toBeDefined();
});
