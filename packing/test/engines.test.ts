// The engine in one's own process, the test kit and the command line, installed from their tarballs by npm and pnpm.

import { cpSync, realpathSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { InstalledApp } from "./installed-app.ts";
import { knownNodes } from "./known-nodes.ts";
import { programOf } from "./program-of.ts";
import { run } from "./run.ts";
import { sizeOf } from "./size-of.ts";

/** The one that the SDK runs on and an engine does not, where the machine has it. */
const tooOld = knownNodes.filter(([name]) => name === "Node 20");

describe.each(["npm", "pnpm"] as const)("installed by %s", (by) => {
  let app: InstalledApp;
  const node = (...args: readonly string[]) => run(process.execPath, args, app.folder);
  beforeAll(async () => {
    const packages = ["stepwell", "@stepwell/embedded", "@stepwell/server", "@stepwell/testing", "@stepwell/cli"];
    app = await InstalledApp.install({ files: ["engine-app"], packages, by });
  });
  afterAll(() => app[Symbol.dispose]());

  test.each(["embedded.mjs", "embedded.cjs"])("an engine in the process runs a function and answers its API: %s", async (file) => {
    const { stdout } = await node(file);
    expect(JSON.parse(stdout)).toEqual({ output: { charged: 42 }, statuses: ["completed"] });
  });

  describe.each(tooOld)("on %s", (_name, old) => {
    test.each(["on-old-node.mjs", "on-old-node.cjs"])("both load, and say that they need a later one: %s", async (file) => {
      const { stdout } = await run(old, [file], app.folder);
      expect(JSON.parse(stdout)).toEqual(["node_too_old", "node_too_old"]);
    });
  });

  describe("bundled", () => {
    const bundle = (into: string, ...external: readonly string[]) => {
      const options = ["embedded.mjs", "--platform", "node", "-d", into, ...external.flatMap((name) => ["--external", name])];
      return node(programOf("rolldown", "bin/cli.mjs"), ...options);
    };

    test("with the packages kept out it runs", async () => {
      await bundle("apart", "stepwell", "@stepwell/embedded", "@stepwell/embedded/api");
      const { stdout } = await node("apart/embedded.js");
      expect(JSON.parse(stdout)).toMatchObject({ output: { charged: 42 } });
    });

    test("whole it says what to do; with its SQL beside it, it runs, and reads lists in the main thread", async () => {
      await bundle("whole");
      rmSync(join(app.folder, "embedded.db"), { force: true });
      await expect(node("whole/embedded.js")).rejects.toThrow(/store_files_missing[\s\S]*--external:@stepwell/);
      const store = dirname(dirname(realpathSync(createRequire(storeOf(app)).resolve("@stepwell/store-sqlite"))));
      for (const file of ["schema.sql", "migrations"]) cpSync(join(store, file), join(app.folder, file), { recursive: true });
      const { stdout, stderr } = await node("whole/embedded.js");
      expect(JSON.parse(stdout)).toMatchObject({ output: { charged: 42 } });
      expect(stderr.match(/reads lists on the main thread/g)).toHaveLength(1);
    });
  });

  test("the test kit runs in Jest as it is", async () => {
    const { stderr } = await node(programOf("jest", "bin/jest.js"), "--rootDir", app.folder, "--testMatch", "**/in-jest.test.cjs");
    expect(stderr).toContain("Tests:       1 passed, 1 total");
  });

  test("the test kit, imported by a module, runs functions that CommonJS made", async () => {
    const { stdout } = await node("--test", "in-node.test.mjs");
    expect(stdout).toMatch(/pass 1\n/);
  });
});

test("an engine without the API is small to install, and brings no server along", async () => {
  using app = await InstalledApp.install({ files: ["engine-app"], packages: ["stepwell", "@stepwell/embedded"] });
  const { stdout } = await run(process.execPath, ["alone.mjs"], app.folder);
  expect(JSON.parse(stdout)).toEqual({ output: { charged: 42 }, api: expect.stringMatching(/^Cannot find package '@stepwell\/server'/) });
  expect(sizeOf(join(app.folder, "node_modules"))).toBeLessThan(8_000_000);
});

/** From where the store is found, whichever way the packages lie. */
function storeOf({ folder }: InstalledApp): string {
  return realpathSync(join(folder, "node_modules/@stepwell/embedded/package.json"));
}
