import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { schemaText } from "./schema-text.ts";

test("schema.sql is what the migrations come to", () => {
  expect(readFileSync(new URL("../schema.sql", import.meta.url), "utf8")).toBe(schemaText());
});

test("every index says which operation it is for", () => {
  const migration = readFileSync(new URL("../migrations/0001_initial.sql", import.meta.url), "utf8");
  const lines = migration.split("\n");
  const silent = lines.filter((line, index) => {
    if (!line.startsWith("create index")) return false;
    // Indexes in a row share the sentence before the first.
    let above = index - 1;
    while (lines[above]?.startsWith("create index")) above -= 1;
    return !lines[above]?.startsWith("--");
  });
  expect(silent).toEqual(["create index pending_starts_by_key on pending_starts (function_id, kind, key, seq);"]);
});
