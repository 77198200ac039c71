// The SDK as applications install it: from its tarball, by npm and pnpm, on Node 20 and on the repository's.

import { join } from "node:path";
import * as source from "stepwell";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readManifest } from "../src/source-manifest.ts";
import { InstalledApp } from "./installed-app.ts";
import { knownNodes } from "./known-nodes.ts";
import { programOf } from "./program-of.ts";
import { run } from "./run.ts";
import { sizeOf } from "./size-of.ts";

interface Report {
  readonly functionCount: number;
  readonly replies: readonly unknown[];
  readonly names: Readonly<Record<string, readonly string[]>>;
}

describe.each(["npm", "pnpm"] as const)("installed by %s", (by) => {
  let app: InstalledApp;
  beforeAll(async () => {
    app = await InstalledApp.install({ files: ["sdk-app"], packages: ["stepwell"], by });
  });
  afterAll(() => app[Symbol.dispose]());

  describe.each(knownNodes)("on %s", (_name, node) => {
    test("`import` and `require` give the same names, and functions that run", async () => {
      const report = async (file: string) => JSON.parse((await run(node, [file], app.folder)).stdout) as Report;
      const [imported, required] = await Promise.all([report("calls-itself.mjs"), report("calls-itself.cjs")]);
      expect(required).toEqual(imported);
      expect(imported.functionCount).toBe(2);
      expect(imported.replies).toEqual([
        { status: 206, noRetry: "false", body: [{ op: "StepRun", data: { charged: 42 } }] },
        { status: 400, noRetry: "true", body: "never" },
      ]);
      expect(imported.names["."]).toEqual(Object.keys(source).toSorted());
      expect(Object.keys(imported.names).toSorted()).toEqual(Object.keys(readManifest("sdk").exports).toSorted());
    });

    test.each([
      ["CommonJS, as it is", "cjs", []],
      ["modules", "mjs", ["--experimental-vm-modules"]],
    ] as const)("Jest runs tests with it in %s", async (_system, ending, flags) => {
      const args = [...flags, programOf("jest", "bin/jest.js"), "--rootDir", app.folder, "--testMatch", `**/in-jest.test.${ending}`];
      const { stderr } = await run(node, args, app.folder);
      expect(stderr).toContain("Tests:       1 passed, 1 total");
    });
  });
});

test("it is small to install, and brings nothing along", async () => {
  using app = await InstalledApp.install({ files: [], packages: ["stepwell"] });
  const { stdout } = await run("npm", ["ls", "--all", "--parseable"], app.folder);
  expect(stdout.trim().split("\n")).toHaveLength(2);
  expect(sizeOf(join(app.folder, "node_modules"))).toBeLessThan(1_000_000);
});
