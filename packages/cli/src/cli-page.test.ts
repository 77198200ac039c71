import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { cliPage } from "./cli-page.ts";
import { exitCodeMeanings, exitCodes } from "./exit-codes.ts";

test("docs/cli.md is what the tables say; npm run docs -w @stepwell/cli writes it", () => {
  expect(readFileSync(new URL("../../../docs/cli.md", import.meta.url), "utf8")).toBe(cliPage());
});

test("each exit code has one number and a line in the page", () => {
  expect(new Set(Object.values(exitCodes)).size).toBe(Object.keys(exitCodes).length);
  for (const [name, code] of Object.entries(exitCodes))
    expect(cliPage()).toContain(`| ${code} | ${exitCodeMeanings[name as keyof typeof exitCodes]} |`);
});
