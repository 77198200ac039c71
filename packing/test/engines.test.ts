// The engine in one's own process, the test kit and the command line, installed from their tarballs by npm and pnpm.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { InstalledApp } from "./installed-app.ts";
import { knownNodes } from "./known-nodes.ts";
import { programOf } from "./program-of.ts";
import { run } from "./run.ts";

/** The one that the SDK runs on and an engine does not, where the machine has it. */
const tooOld = knownNodes.filter(([name]) => name === "Node 20");

describe.each(["npm", "pnpm"] as const)("installed by %s", (by) => {
  let app: InstalledApp;
  const node = (...args: readonly string[]) => run(process.execPath, args, app.folder);
  beforeAll(async () => {
    const packages = ["stepwell", "@stepwell/embedded", "@stepwell/testing", "@stepwell/cli"];
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

  test("the test kit runs in Jest as it is", async () => {
    const { stderr } = await node(programOf("jest", "bin/jest.js"), "--rootDir", app.folder, "--testMatch", "**/in-jest.test.cjs");
    expect(stderr).toContain("Tests:       1 passed, 1 total");
  });

  test("the test kit, imported by a module, runs functions that CommonJS made", async () => {
    const { stdout } = await node("--test", "in-node.test.mjs");
    expect(stdout).toMatch(/pass 1\n/);
  });
});
