// Which package may import which, in which order the engine's folders do, and what none of them may reach for.

import { describe, expect, test } from "vitest";
import { engineOrderBreaks, openFiles } from "./engine-order.ts";
import { forbiddenCalls } from "./forbidden-calls.ts";
import { importCycles } from "./import-cycles.ts";
import { packageImportBreaks, packageRules, strayImportBreaks } from "./package-imports.ts";
import { readSourceFiles, sourceFile } from "./source-file.ts";

describe("in this repository", () => {
  const files = readSourceFiles();

  test("packages import what the table allows", () => {
    expect(packageImportBreaks(files)).toEqual([]);
  });

  test("the table has no package that does not exist", () => {
    const names = new Set(files.map(({ path }) => path.split("/")).flatMap(([folder, name]) => (folder === "packages" ? [name] : [])));
    expect(Object.keys(packageRules).filter((name) => !names.has(name))).toEqual([]);
  });

  test("relative imports stay inside their package", () => {
    expect(strayImportBreaks(files)).toEqual([]);
  });

  test("the engine's folders import downwards", () => {
    expect(engineOrderBreaks(files)).toEqual([]);
  });

  test("no files load each other in a circle", () => {
    expect(importCycles(files)).toEqual([]);
  });

  test("time and chance are handed in below the server", () => {
    expect(forbiddenCalls(files)).toEqual([]);
  });
});

describe("packageImportBreaks finds", () => {
  test.each([
    ["packages/protocol/src/a.ts", "@stepwell/store", "protocol may import nothing"],
    ["packages/protocol/src/a.ts", "node:crypto", "node:crypto stays with the server"],
    ["packages/store-sqlite/src/a.ts", "@stepwell/engine", "store-sqlite may import store, protocol"],
    ["packages/engine/src/a.ts", "@stepwell/store-sqlite", "engine may import store, protocol"],
    ["packages/engine/src/a.ts", "node:http", "of Node's modules engine may import none"],
    ["packages/server/src/a.ts", "@stepwell/cli", "server may import engine, store, protocol"],
    ["packages/unknown/src/a.ts", "vitest", "unknown has no line in scripts/rules/package-imports.ts"],
  ])("%s importing %s", (path, from, reason) => {
    expect(packageImportBreaks([sourceFile(path, `import { x } from "${from}";`)])).toEqual([`${path} imports "${from}": ${reason}`]);
  });

  test("nothing where the table allows it", () => {
    expect(
      packageImportBreaks([
        sourceFile("packages/engine/simulation/a.ts", `import { x } from "@stepwell/store-sqlite";`),
        sourceFile("packages/cli/src/a.ts", `import { x } from "@stepwell/store-sqlite";`),
        sourceFile("packages/protocol/src/a.test.ts", `import { readFileSync } from "node:fs";`),
      ]),
    ).toEqual([]);
  });
});

test("strayImportBreaks finds an import by path into another package", () => {
  expect(strayImportBreaks([sourceFile("packages/engine/src/a.ts", `import { b } from "../../store/src/b.ts";`)])).toEqual([
    `packages/engine/src/a.ts imports "../../store/src/b.ts", which lies outside packages/engine`,
  ]);
});

describe("engineOrderBreaks finds", () => {
  const needed = Object.keys(openFiles).map((path, number) =>
    sourceFile(`packages/engine/src/ops/user-${number}.ts`, `import { a } from "../${path}";`),
  );

  test("an import that runs up, of a type as well", () => {
    const file = sourceFile("packages/engine/src/runs/a.ts", `import type { B } from "../events/b.ts";`);
    expect(engineOrderBreaks([...needed, file])).toEqual(["packages/engine/src/runs/a.ts imports events/b.ts: runs stands below events"]);
  });

  test("a folder without a row", () => {
    const file = sourceFile("packages/engine/src/runs/a.ts", `import { b } from "../attic/b.ts";`);
    expect(engineOrderBreaks([...needed, file])[0]).toContain("without a row");
  });

  test("code taken from the file that holds types only", () => {
    const file = sourceFile("packages/engine/src/runs/a.ts", `import { b } from "../engine-interface.ts";`);
    expect(engineOrderBreaks([...needed, file])[0]).toContain("holds types only");
  });

  test("an open file that nothing below needs", () => {
    expect(engineOrderBreaks([])).toHaveLength(Object.keys(openFiles).length);
  });
});

describe("importCycles", () => {
  const a = sourceFile("a.ts", `import { b } from "./b.ts";`);

  test("finds a circle, once", () => {
    expect(importCycles([sourceFile("b.ts", `export { c } from "./c.ts";`), sourceFile("c.ts", `import "./a.ts";`), a])).toEqual([
      "a.ts → b.ts → c.ts → a.ts",
    ]);
  });

  test("finds a file that imports itself", () => {
    expect(importCycles([sourceFile("b.ts", `import { x } from "./b.ts";`)])).toEqual(["b.ts → b.ts"]);
  });

  test("does not count types, which are gone at runtime", () => {
    expect(importCycles([a, sourceFile("b.ts", `import type { A } from "./a.ts";`)])).toEqual([]);
  });
});

describe("forbiddenCalls", () => {
  test.each([
    "Date.now()",
    "new Date()",
    "performance.now()",
    "Math.random()",
    "setTimeout(f, 1)",
    "setInterval(f, 1)",
    "setImmediate(f)",
    "crypto.randomUUID()",
  ])("finds %s in the engine", (call) => {
    expect(forbiddenCalls([sourceFile("packages/engine/src/runs/a.ts", `\nconst x = ${call};`)])).toEqual([
      expect.stringMatching(/^packages\/engine\/src\/runs\/a\.ts:2 uses /),
    ]);
  });

  test("leaves the seams, comments and an instant that is handed in alone", () => {
    expect(
      forbiddenCalls([
        sourceFile("packages/engine/src/seams/clock.ts", "Date.now()"),
        sourceFile("packages/engine/src/a.ts", "// Date.now() is not for us.\nnew Date(at); clock.setTimeout(f);"),
        sourceFile("packages/engine/simulation/a.ts", "setImmediate(resolve)"),
        sourceFile("packages/server/src/a.ts", "Date.now()"),
      ]),
    ).toEqual([]);
  });
});
