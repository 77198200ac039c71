// The pack itself: every rule has a case, or its reason not to.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { conformanceCases } from "./cases.ts";

/** The numbered rules of the protocol's core part: how many each section has. */
const rulesOfSection: Readonly<Record<number, number>> = { 1: 8, 2: 4, 3: 5, 4: 10, 5: 8, 6: 5, 7: 9, 8: 19, 9: 8 };
const sectionsThatAreRules = ["10", "11"];

const rules = [
  ...Object.entries(rulesOfSection).flatMap(([section, count]) => Array.from({ length: count }, (_, index) => `${section}.${index + 1}`)),
  ...sectionsThatAreRules,
];
const readme = readFileSync(new URL("README.md", import.meta.url), "utf8");
const listed = (heading: string): readonly string[] => {
  const part = readme.split(`## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  return [...part.matchAll(/^\| (\d+(?:\.\d+)?) \|/gm)].map(([, rule]) => rule ?? "");
};
const covered = new Set(conformanceCases.map(({ rule }) => rule));

describe("the cases", () => {
  test("name rules that exist, each sentence once for its rule", () => {
    expect(conformanceCases.filter(({ rule }) => !rules.includes(rule))).toEqual([]);
    const names = conformanceCases.map(({ rule, name }) => `${rule} ${name}`);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  test("cover every rule that is not listed with its reason", () => {
    const excused = listed("Rules without a case");
    expect(rules.filter((rule) => !covered.has(rule) && !excused.includes(rule))).toEqual([]);
    expect(excused.filter((rule) => covered.has(rule))).toEqual([]);
  });

  test("are more than 150", () => {
    expect(conformanceCases.length).toBeGreaterThan(150);
  });
});
