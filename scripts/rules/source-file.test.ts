import { expect, test } from "vitest";
import { listFiles, sourceFile } from "./source-file.ts";

test("every form of import is read, and whether it is gone at runtime", () => {
  const file = sourceFile(
    "a.ts",
    [
      `import { b } from "./b.ts";`,
      `import type { C } from "./c.ts";`,
      `import {\n  d,\n  type E,\n} from "./d.ts";`,
      `import "./f.ts";`,
      `export { g } from "./g.ts";`,
      `export type { H } from "./h.ts";`,
      `export * as i from "./i.ts";`,
      `const j = await import("./j.ts");`,
      `let k: import("./k.ts").K;`,
      `const l = require("./l.js");`,
    ].join("\n"),
  );
  expect(file.imports).toEqual([
    { from: "./b.ts", isTypeOnly: false },
    { from: "./c.ts", isTypeOnly: true },
    { from: "./d.ts", isTypeOnly: false },
    { from: "./f.ts", isTypeOnly: false },
    { from: "./g.ts", isTypeOnly: false },
    { from: "./h.ts", isTypeOnly: true },
    { from: "./i.ts", isTypeOnly: false },
    { from: "./j.ts", isTypeOnly: false },
    { from: "./k.ts", isTypeOnly: true },
    { from: "./l.js", isTypeOnly: false },
  ]);
});

test("what a comment or a string says is no import", () => {
  const file = sourceFile("a.ts", `// import "./b.ts";\nconst text = \`\nimport "./c.ts";\n\`;\nexport const d = 'import("./d.ts")';`);
  expect(file.imports).toEqual([]);
});

test("the list has the repository's files and none of what tools made", () => {
  const files = listFiles();
  expect(files).toContain("scripts/rules/source-file.test.ts");
  expect(files.filter((path) => path.includes("node_modules/"))).toEqual([]);
});
