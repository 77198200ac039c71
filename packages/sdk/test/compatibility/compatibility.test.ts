// Every export of inngest@3 and inngest@4 is here, under the same name and the same subpath, or is left out for a reason.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { compatibilityEntries, compatibilityPage, officialSubpaths } from "./compatibility-page.ts";
import { ownExports, testSources } from "./exported-names.ts";
import { namesLeftOut, subpathsLeftOut } from "./left-out.ts";

const own = ownExports();
const entries = compatibilityEntries();

test("every subpath is here or left out for a reason", () => {
  expect(officialSubpaths().filter((subpath) => !own.has(subpath) && !(subpath in subpathsLeftOut))).toEqual([]);
});

test("every export is here or left out for a reason", () => {
  const missing = entries.filter(({ subpath, name, reason }) => own.get(subpath)?.has(name) !== true && reason === undefined);
  expect(missing.map(({ subpath, name, kind }) => `${subpath} ${kind} ${name}`)).toEqual([]);
});

test("nothing that is here is said to be left out, and nothing is that nobody exports", () => {
  const official = new Set(entries.map(({ name }) => name));
  const here = new Set([...own].filter(([subpath]) => subpath !== "./internals").flatMap(([, names]) => [...names.keys()]));
  expect(Object.keys(namesLeftOut).filter((name) => here.has(name) || !official.has(name))).toEqual([]);
});

describe("values", () => {
  const values = entries.filter(({ kind, reason, subpath }) => kind === "value" && reason === undefined && subpath !== "./node");

  test.each([...Map.groupBy(values, ({ subpath }) => subpath)])(
    "of %s are what they say they are when it is loaded",
    async (subpath, list) => {
      const module = (await import(subpath === "." ? "stepwell" : `stepwell/${subpath.slice(2)}`)) as Readonly<Record<string, unknown>>;
      expect(list.filter(({ name }) => module[name] === undefined).map(({ name }) => name)).toEqual([]);
    },
  );
});

test("every value of the package is named in a test", () => {
  const sources = testSources();
  const named = (name: string): boolean => new RegExp(`\\b${name}\\b`).test(sources);
  const values = entries.filter(({ subpath, kind, reason }) => subpath === "." && kind === "value" && reason === undefined);
  expect(values.filter(({ name }) => !named(name)).map(({ name }) => name)).toEqual([]);
});

test("the page that says so is fresh", () => {
  const page = readFileSync(new URL("../../../../docs/sdk-compatibility.md", import.meta.url), "utf8");
  expect(page).toBe(compatibilityPage());
});
