import { expect, test } from "vitest";
import { unexplainedNames } from "./unexplained-names.ts";

const names = ["a.limit", "a.limit.key"].map((path) => ({ path, declarations: [], isDeprecated: false }));
const unexplained = (text: string) => unexplainedNames(names, [{ path: "docs/a.md", text }]);

test("takes names in the sentences and tables of a page", () => {
  expect(unexplained("With `limit: 3` at most three.\n\n| `key` | one for each |\n")).toEqual([]);
});

test("finds names that stand only in examples, or in words of the language", () => {
  expect(unexplained("A limit has a key.\n\n```ts\ncreate({ limit: { key } });\n```\n")).toEqual([
    "a.limit: no page says what it is",
    "a.limit.key: no page says what it is",
  ]);
});
