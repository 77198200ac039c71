import { expect, test } from "vitest";
import type { Finding } from "./finding.ts";
import { findingsText } from "./findings-text.ts";

test("the texts stand in one column, however long the name of an app is", () => {
  const ids = ["shop", "warehouse1", "warehouse11", "warehouse-north", "warehouse-north-2", "warehouse-of-the-north-and-south"];
  const findings: Finding[] = [
    { check: "keys", status: "ok", text: "TEXT" },
    ...ids.map((about): Finding => ({ check: "apps", about, status: "problem", text: "TEXT", advice: "ADVICE" })),
  ];
  const lines = findingsText(findings).split("\n");
  expect(lines.slice(0, 8)).toEqual([
    "  ✓ keys            TEXT",
    "  ✕ apps shop       TEXT",
    "                    ADVICE",
    "  ✕ apps warehouse1 TEXT",
    "                    ADVICE",
    "  ✕ apps            warehouse11: TEXT",
    "                    ADVICE",
    "  ✕ apps            warehouse-north: TEXT",
  ]);
  expect(lines.at(-3)).toBe("                    ADVICE");
  expect(lines.at(-2)).toBe("  6 problems, 0 warnings");
  for (const line of lines.slice(0, -2)) expect(line.slice(19, 21)).toMatch(/^ \S$/);
});
