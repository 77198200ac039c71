import { describe, expect, test } from "vitest";
import { linesMax, nameBreaks, sizeBreaks } from "./file-rules.ts";
import { listFiles, readSourceFiles, sourceFile } from "./source-file.ts";

describe("in this repository", () => {
  test(`no file has more than ${linesMax} lines, and those on the list do not grow`, () => {
    expect(sizeBreaks(readSourceFiles())).toEqual([]);
  });

  test("every file's name says what is in it", () => {
    expect(nameBreaks(listFiles())).toEqual([]);
  });
});

describe("sizeBreaks", () => {
  const file = (count: number): ReturnType<typeof sourceFile> => sourceFile("a.ts", "x\n".repeat(count));

  test("takes a file at the limit and not one past it", () => {
    expect(sizeBreaks([file(linesMax)], {})).toEqual([]);
    expect(sizeBreaks([file(linesMax + 1)], {})).toEqual([`a.ts has 401 lines; at most 400 (split it by what it does)`]);
  });

  test("lets a file on the list shrink and not grow", () => {
    const list = { "a.ts": { linesMax: 500, reason: "a table" } };
    expect(sizeBreaks([file(500)], list)).toEqual([]);
    expect(sizeBreaks([file(501)], list)).toHaveLength(1);
  });

  test("finds an entry that is no longer needed", () => {
    expect(sizeBreaks([file(400)], { "a.ts": { linesMax: 500, reason: "a table" } })).toEqual([
      "a.ts has no more than 400 lines: take it off the list",
    ]);
  });
});

test("nameBreaks finds names that say nothing, and other cases than kebab-case", () => {
  expect(nameBreaks(["packages/a/src/utils.ts", "packages/a/src/types.ts", "packages/a/src/startRun.ts"])).toHaveLength(3);
  expect(nameBreaks(["packages/a/src/start-run.test.ts", "packages/a/bin/stepwell.js", "examples/a/authRoutes.js", "README.md"])).toEqual(
    [],
  );
});
