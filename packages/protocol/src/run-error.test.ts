import { expect, test } from "vitest";
import { asJson, parseRunError, type RunErrorValue, runErrorJson, withoutCode } from "./index.ts";

const error: RunErrorValue = { name: "Error", message: 'said {"code":"x",', stack: "s", cause: asJson({ code: "mine" }), error: "e" };

test("a code is read as it was written, and apps get the same bytes as of an error without one", () => {
  const coded = runErrorJson({ ...error, code: "sleep_too_long" });
  expect(parseRunError(coded)).toEqual({ ...error, code: "sleep_too_long" });
  expect(withoutCode(coded)).toBe(runErrorJson(error));
});

test("an error without a code stays as it is, whatever it says", () => {
  expect(withoutCode(runErrorJson(error))).toBe(runErrorJson(error));
  expect(parseRunError(runErrorJson(error))).toEqual(error);
});
