// That the files of usage are what applications write: they compile against the official packages. That they compile against this
// one is part of the repository's check of types.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";

const repository = join(import.meta.dirname, "../../../..");
const tsc = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");

test.concurrent.each([
  ["3", "inngest-v3"],
  ["4", "inngest"],
])("what is written for inngest@%s compiles with it", (version, name) => {
  const folder = mkdtempSync(join(tmpdir(), "stepwell-usage-"));
  const official = join(repository, "conformance/node_modules", name, "index.d.ts");
  const compilerOptions = {
    ...{ target: "es2024", module: "esnext", moduleResolution: "bundler", strict: true, noUncheckedIndexedAccess: true },
    ...{ noEmit: true, skipLibCheck: true, types: ["node"], typeRoots: [join(repository, "node_modules/@types")] },
    paths: { stepwell: [official] },
  };
  const files = ["usage-of-both.ts", `usage-of-${version}.ts`].map((file) => join(import.meta.dirname, file));
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
  const { stdout } = spawnSync(process.execPath, [tsc, "-p", folder], { encoding: "utf8" });
  rmSync(folder, { recursive: true });
  expect(stdout).toBe("");
});
