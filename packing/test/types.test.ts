// The types of the packed packages in strict applications.

import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, test } from "vitest";
import { InstalledApp } from "./installed-app.ts";
import { programOf } from "./program-of.ts";
import { run } from "./run.ts";

const tsc = programOf("typescript", "bin/tsc");
const typeRoots = join(dirname(programOf("@types/node", ".")), ".");
const strict = ["--strict", "--exactOptionalPropertyTypes", "--noUncheckedIndexedAccess", "--skipLibCheck", "false", "--declaration"];
const surroundings = ["--target", "es2022", "--lib", "es2023,dom,esnext.disposable", "--typeRoots", typeRoots, "--types", "node"];

describe("an application that exports what it makes of the packages", () => {
  let app: InstalledApp;
  beforeAll(async () => {
    const packages = ["stepwell", "@stepwell/embedded", "@stepwell/server", "@stepwell/testing"];
    app = await InstalledApp.install({ files: ["typed-app"], packages });
  });
  afterAll(() => app[Symbol.dispose]());

  test.each([
    ["bundler", "module", ["--module", "esnext", "--moduleResolution", "bundler"]],
    ["node16 from a module", "module", ["--module", "node16", "--moduleResolution", "node16"]],
    ["node16 from CommonJS", "commonjs", ["--module", "node16", "--moduleResolution", "node16"]],
  ] as const)("compiles with moduleResolution %s, and its own types can be written down", async (_name, type, options) => {
    app.editManifest({ type });
    const files = ["sdk.ts", "sdk-middleware.ts", "engines.ts"];
    await run(process.execPath, [tsc, ...strict, ...surroundings, ...options, "--outDir", "out", ...files], app.folder);
  });
});
