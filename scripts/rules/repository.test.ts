// The repository as whoever clones it finds it: complete in itself, on any machine.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { errorCodes } from "@stepwell/protocol";
import { describe, expect, test } from "vitest";
import { brokenLinks } from "./broken-links.ts";
import { foreignPaths } from "./foreign-paths.ts";
import { lockedAddresses, manifestBreaks } from "./manifest-rules.ts";
import { missingPaths } from "./missing-paths.ts";
import { listFiles, root } from "./source-file.ts";

const read = (path: string): string => readFileSync(join(root, path), "utf8");
/** This file and the checker's own have to spell what they look for. */
const spellsThem = /^scripts\/rules\/(?:foreign-paths|repository\.test)\.ts$/;
const isText = /\.(?:[cm]?[jt]s|jsonc?|md|sql|ya?ml|sh|html|css)$|(?:^|\/)[^.]+$|^\.[a-z]+$/;

describe("in this repository", () => {
  const paths = listFiles();
  const pages = paths.filter((path) => path.endsWith(".md")).map((path) => ({ path, text: read(path) }));

  test("no file names a folder of somebody's machine", () => {
    const texts = paths.filter((path) => isText.test(path) && !spellsThem.test(path) && path !== "LICENSE");
    expect(texts.flatMap((path) => foreignPaths(path, read(path)))).toEqual([]);
  });

  test("links in the documents lead somewhere", () => {
    expect(brokenLinks(pages, paths)).toEqual([]);
  });

  test("paths that the documents name exist", () => {
    // The changelog tells of what was.
    const present = pages.filter(({ path }) => path !== "CHANGELOG.md");
    expect(present.flatMap(({ path, text }) => missingPaths(path, text, paths))).toEqual([]);
  });

  test("a number stands for one decision, in the name of its page and in its heading", () => {
    const decisions = pages.filter(({ path }) => path.startsWith("docs/decisions/"));
    const numbers = decisions.map(({ path }) => Number(/(\d{4})-[^/]+$/.exec(path)?.[1]));
    expect(numbers.length).toBeGreaterThan(10);
    expect([...new Set(numbers)]).toEqual(numbers);
    expect(decisions.map(({ text }) => Number(/^# (\d+)\. /.exec(text)?.[1]))).toEqual(numbers);
  });

  test("every error code has its section in docs/errors.md", () => {
    const headings = new Set([...read("docs/errors.md").matchAll(/^#+ `?(\w+)`?$/gm)].map(([, code]) => code));
    expect(errorCodes.filter((code) => !headings.has(code))).toEqual([]);
  });

  test("every package has the repository's version and licence, and dependencies of one exact version", () => {
    const repository = JSON.parse(read("package.json"));
    const manifests = paths.filter((path) => path.endsWith("package.json"));
    expect(manifests.length).toBeGreaterThan(6);
    expect(manifests.flatMap((path) => manifestBreaks(path, JSON.parse(read(path)), repository))).toEqual([]);
  });

  test("the lock file names no address: packages come from whatever registry npm is set to", () => {
    expect(lockedAddresses(read("package-lock.json"))).toEqual([]);
  });
});

describe("foreignPaths", () => {
  test.each(["/home/anna/x", "at /Users/anna/x.ts:1", '"/root/x"', "(/mnt/data)", "C:\\Users\\anna"])("finds %s", (text) => {
    expect(foreignPaths("a.md", `\n${text}`)).toEqual([expect.stringMatching(/^a\.md:2 names /)]);
  });

  test.each(["https://example.com/home/anna", "./mnt/x", "/api/v1/runs", "packages/root/x"])("leaves %s alone", (text) => {
    expect(foreignPaths("a.md", text)).toEqual([]);
  });
});

describe("brokenLinks", () => {
  const links = (text: string): readonly string[] =>
    brokenLinks(
      [
        { path: "docs/a.md", text },
        { path: "b.md", text: "# One `Thing`\n# One thing\n" },
      ],
      ["docs/a.md", "b.md", "src/c.ts"],
    );

  test.each(["[x](nowhere.md)", "[x](../b.md#two)", "[x](#none)", "[x]: ../nowhere.md"])("finds %s", (text) => {
    expect(links(text)).toHaveLength(1);
  });

  test.each([
    "[x](../b.md)",
    "[x](../b.md#one-thing-1)",
    "[x](../src/)",
    "[x](https://example.com/)",
    "`[x](no.md)`",
    "```\n[x](no.md)\n```",
  ])("takes %s", (text) => {
    expect(links(text)).toEqual([]);
  });
});

test("missingPaths finds what a document names and the repository does not have", () => {
  const text = "`packages/a/src/b.ts`, `packages/a`, `packages/<name>/x` and `packages/a/c.ts`";
  expect(missingPaths("a.md", text, ["packages/a/src/b.ts"])).toEqual(["a.md:1 names packages/a/c.ts, which does not exist"]);
});

describe("manifestBreaks", () => {
  const repository = { version: "0.1.0", license: "Apache-2.0" };

  test.each(["^1.2.3", "~1.2.3", "*", "latest", "npm:a@^3.0.0", "1.2"])("finds a dependency on %s", (version) => {
    expect(manifestBreaks("package.json", { ...repository, devDependencies: { a: version } }, repository)).toHaveLength(1);
  });

  test("takes an exact version, of another name as well", () => {
    expect(manifestBreaks("package.json", { ...repository, dependencies: { a: "1.2.3", b: "npm:a@3.54.2" } }, repository)).toEqual([]);
  });

  test("finds another version or licence than the repository's", () => {
    expect(manifestBreaks("package.json", { version: "0.2.0", license: "MIT" }, repository)).toHaveLength(2);
  });
});

test("lockedAddresses finds a place that a package came from", () => {
  expect(lockedAddresses(`{\n  "resolved": "https://mirror.example/a.tgz"\n}`)).toHaveLength(1);
  expect(lockedAddresses(`{\n  "resolved": "packages/cli"\n}`)).toEqual([]);
});
