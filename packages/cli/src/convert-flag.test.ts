import fc from "fast-check";
import { expect, test } from "vitest";
import { convertFlag } from "./convert-flag.ts";
import { CommandError, exitCodes } from "./exit-codes.ts";
import type { Flag } from "./flag-table.ts";

const flag = (type: Flag["type"], max?: number): Flag => ({ name: "x", type, help: "", ...(max === undefined ? {} : { max }) });

test("a bare number for a time means seconds, and text is a duration", () => {
  expect(convertFlag(flag("duration"), "5", "--x")).toBe(5_000);
  expect(convertFlag(flag("duration"), "0.5", "--x")).toBe(500);
  expect(convertFlag(flag("duration"), "1h30m", "--x")).toBe(5_400_000);
  expect(convertFlag(flag("duration"), "7d", "--x")).toBe(604_800_000);
});

test("a switch understands the words that environments use", () => {
  for (const text of ["true", "1", "yes", "ON"]) expect(convertFlag(flag("switch"), text, "--x")).toBe(true);
  for (const text of ["false", "0", "no", "Off"]) expect(convertFlag(flag("switch"), text, "--x")).toBe(false);
});

test("a list is cut at commas, without empty parts", () => {
  expect(convertFlag(flag("list"), "a, b,,c", "--x")).toEqual(["a", "b", "c"]);
});

test.each([
  [flag("number"), "-1"],
  [flag("number"), "1.5"],
  [flag("number"), ""],
  [flag("number"), "0x10"],
  [flag("number", 65_535), "65536"],
  [flag("duration"), "5 parsecs"],
  [flag("duration"), "-5"],
  [flag("duration"), ""],
  [flag("switch"), "perhaps"],
])("a value of the wrong type is refused with its place and exit code 2: %o %s", (each, text) => {
  expect(() => convertFlag(each, text, "STEPWELL_X")).toThrow(expect.objectContaining({ exitCode: exitCodes.usage }));
  expect(() => convertFlag(each, text, "STEPWELL_X")).toThrow(/^STEPWELL_X is /);
});

test("whatever the text is, the answer is a value of the type or a refusal", () => {
  fc.assert(
    fc.property(fc.constantFrom<Flag["type"]>("text", "list", "switch", "number", "duration"), fc.string(), (type, text) => {
      try {
        const value = convertFlag(flag(type, 10), text, "--x");
        const is = { text: typeof value === "string", list: Array.isArray(value), switch: typeof value === "boolean" };
        expect(is[type as keyof typeof is] ?? (typeof value === "number" && value >= 0)).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(CommandError);
      }
    }),
  );
});
