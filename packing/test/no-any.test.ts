// The declarations that are published say what everything is. TypeScript writes every type out in them, inferred ones too, so
// that an `any` anywhere in what a package exports, its members and its parameters stands there, under whatever name.

import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, inject, test } from "vitest";
import { publishedPackages } from "../src/published-packages.ts";
import { readManifest } from "../src/source-manifest.ts";
import { anyTypes } from "./any-types.ts";

const built = dirname(Object.values(inject("tarballs"))[0] ?? "");

/**
 * The one exception: what an event carries that nobody has typed. Existing applications read `event.data.userId` without a
 * check, as both official packages let them; docs/decisions/0022-what-nobody-has-typed.md says why, and where it stands.
 */
const untyped = { name: "UntypedData", is: "ReturnType<typeof JSON.parse>", of: "sdk" };

let found: ReturnType<typeof anyTypes>;
beforeAll(() => {
  found = anyTypes(publishedPackages.map(({ folder }) => join(built, folder)));
});

test("the search finds it by any name, and what does not resolve", () => {
  const folder = mkdtempSync(join(built, "any-"));
  const lines = ["export type A = ReturnType<typeof JSON.parse>;", "export declare const a: { b: A; c?: Awaited<A>; d: unknown };"];
  writeFileSync(join(folder, "index.d.mts"), [...lines, 'export type E = import("nowhere").E | string[];'].join("\n"));
  const types = anyTypes([folder]).get(folder);
  rmSync(folder, { recursive: true });
  expect(types).toEqual(["ReturnType<typeof JSON.parse>", "A", "Awaited<A>", "A", 'import("nowhere").E | string[]', 'import("nowhere").E']);
});

describe.each(publishedPackages.map(({ folder }) => [readManifest(folder).name, folder]))("%s", (_name, folder) => {
  const texts = () =>
    globSync(join(built, folder, "**/*.d.mts").replaceAll("\\", "/")).map((file) =>
      readFileSync(file, "utf8").replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, ""),
    );

  test("has declarations, in which nothing is of type `any`", () => {
    expect(texts()).not.toHaveLength(0);
    const rest = (found.get(join(built, folder)) ?? []).filter((type) => folder !== untyped.of || type !== untyped.name);
    expect(rest).toEqual(folder === untyped.of ? [untyped.is] : []);
  });

  test("takes no function of which it does not say what it is called with", () => {
    expect(texts().filter((text) => /:\s*Function\b/.test(text))).toEqual([]);
  });
});
