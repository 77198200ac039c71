// What the pages show is run.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { listFiles, root } from "../source-file.ts";
import { strayExamples } from "./stray-examples.ts";

/** Pages whose examples are files of docs/examples, which tests run. Others show fragments, or another language's. */
const pagesWithExamples = [
  "quick-start",
  "concepts",
  "functions",
  "steps",
  "serving",
  "environment",
  "embedded",
  "testing",
  "middleware",
  "typed-events",
  "moving-from-inngest",
].map((name) => `docs/${name}.md`);

const read = (path: string) => ({ path, text: readFileSync(join(root, path), "utf8") });

test("in this repository what the pages show stands in docs/examples", () => {
  const files = listFiles().filter((path) => path.startsWith("docs/examples/") && path.endsWith(".ts"));
  expect(strayExamples(pagesWithExamples.map(read), files.map(read))).toEqual([]);
});

describe("strayExamples", () => {
  const file = { path: "docs/examples/a.ts", text: "const before = 1;\nif (a) {\n  go(\n    1,\n\n    2,\n  );\n}\n" };
  const page = (code: string, language = "ts") => [{ path: "docs/a.md", text: `# A\n\n\`\`\`${language}\n${code}\n\`\`\`\n` }];

  test.each(["const before = 1;", "go(\n  1,\n\n  2,\n);", "  go(\n    1,"])(
    "takes lines of a file, however far they are indented there: %j",
    (code) => {
      expect(strayExamples(page(code), [file])).toEqual([]);
    },
  );

  test.each(["const after = 1;", "go(\n  1,\n  2,\n);", "go(\n1,", "before = 1;", "go(\n  1,\n\n  2,\n);\n)"])("finds %j", (code) => {
    expect(strayExamples(page(code), [file])).toEqual(["docs/a.md:4 shows code that stands in no file of docs/examples"]);
  });

  test("leaves other languages alone", () => {
    expect(strayExamples(page("npm install", "sh"), [file])).toEqual([]);
  });
});
