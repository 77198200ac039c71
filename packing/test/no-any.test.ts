// The declarations that are published say what everything is. TypeScript writes every type out in them, inferred ones too, so
// that an `any` anywhere in what a package exports, its members and its parameters stands there as a word.

import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, inject, test } from "vitest";
import { publishedPackages } from "../src/published-packages.ts";
import { readManifest } from "../src/source-manifest.ts";

const built = dirname(Object.values(inject("tarballs"))[0] ?? "");

/** Each line of a package's declarations, without comments and texts. */
function linesOf(folder: string): readonly string[] {
  const files = globSync(join(built, folder, "**/*.d.mts").replaceAll("\\", "/"));
  expect(files).not.toHaveLength(0);
  return files.flatMap((file) =>
    readFileSync(file, "utf8")
      .replaceAll(/\/\*[\s\S]*?\*\/|"[^"\n]*"|'[^'\n]*'/g, "")
      .replaceAll(/\/\/.*/g, "")
      .split("\n"),
  );
}

describe.each(publishedPackages.map(({ folder }) => [readManifest(folder).name, folder]))("%s", (_name, folder) => {
  test("has no `any`", () => {
    expect(linesOf(folder).filter((line) => /\bany\b/.test(line))).toEqual([]);
  });

  test("has it under another name only where data is nobody's to know, as both official SDKs have it", () => {
    const isIt = (line: string) => /typeof JSON\.parse|typeof Reflect\.get|:\s*Function\b/.test(line);
    expect(linesOf(folder).filter(isIt)).toEqual(folder === "sdk" ? ["type UntypedJson = ReturnType<typeof JSON.parse>;"] : []);
    // Data of events without types, and what is named from outside of the types' reach; what an engine or a test gives is JSON.
    if (folder !== "sdk") expect(linesOf(folder).filter((line) => /\bUntyped(?:Json|Data)\b/.test(line))).toEqual([]);
  });
});
