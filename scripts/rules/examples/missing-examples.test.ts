import { expect, test } from "vitest";
import { missingExamples } from "./missing-examples.ts";
import type { NameUse } from "./name-uses.ts";

const name = (path: string) => ({ path, declarations: [], isDeprecated: false });
const file = { path: "docs/examples/a/one.ts", text: "first({\n  limit: 1,\n});\nsecond({ key: 2 });\n" };
const page = (code: string) => [{ path: "docs/a.md", text: `# A\n\n\`\`\`ts\n${code}\n\`\`\`\n` }];

function missing(path: string, use: NameUse | undefined, more: { readonly run?: readonly string[]; readonly shown?: string } = {}) {
  const { run = [file.path], shown = "first({\n  limit: 1,\n});" } = more;
  const uses = new Map([[path, use === undefined ? [] : [use]]]);
  return missingExamples({ names: [name(path)], uses, run: new Set(run), pages: page(shown), files: [file] });
}

test("takes a name that a test runs and a page shows", () => {
  expect(missing("a.limit", { file: file.path, line: 2 })).toEqual([]);
});

test("finds a name that no example uses", () => {
  expect(missing("a.limit", undefined)).toEqual(["a.limit: no example uses it"]);
});

test("finds an example that no test runs", () => {
  expect(missing("a.limit", { file: file.path, line: 2 }, { run: [] })).toEqual([
    "a.limit: no test runs the example, docs/examples/a/one.ts:2",
  ]);
});

test("finds an example that no page shows, though the page shows other lines of its file", () => {
  expect(missing("a.key", { file: file.path, line: 4 })).toEqual(["a.key: no page shows the example, docs/examples/a/one.ts:4"]);
});
