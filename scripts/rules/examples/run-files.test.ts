import { expect, test } from "vitest";
import { sourceFile } from "../source-file.ts";
import { runFiles } from "./run-files.ts";

const run = (files: Readonly<Record<string, string>>): readonly string[] =>
  [
    ...runFiles(
      "docs",
      Object.entries(files).map(([path, text]) => sourceFile(`docs/${path}`, text)),
    ),
  ].sort();

test("a test runs what it imports, and what that imports", () => {
  const files = {
    "a.test.ts": 'import { a } from "./a/one.ts";\n',
    "a/one.ts": 'export { b as a } from "../b/two.ts";\n',
    "b/two.ts": "export const b = 1;\n",
    "b/three.ts": "export const c = 1;\n",
  };
  expect(run(files)).toEqual(["docs/a.test.ts", "docs/a/one.ts", "docs/b/two.ts"]);
});

test("a test runs the programs that it names", () => {
  const files = {
    "a.test.ts": 'run([pathOf("a/program.ts")]);\n',
    "a/program.ts": 'import "./part.ts";\n',
    "a/part.ts": 'console.log("a/other.ts");\n',
    "a/other.ts": "",
  };
  expect(run(files)).toEqual(["docs/a.test.ts", "docs/a/part.ts", "docs/a/program.ts"]);
});

test("nothing runs of a file that only a type is imported from", () => {
  const files = { "a.test.ts": 'import type { A } from "./a/one.ts";\n', "a/one.ts": "export type A = 1;\n" };
  expect(run(files)).toEqual(["docs/a.test.ts"]);
});
