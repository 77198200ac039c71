// `stepwell`, installed from its tarball: it adds Stepwell to a project, serves it, and says no on a Node that is too old.

import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findNode } from "./find-node.ts";
import { InstalledApp } from "./installed-app.ts";
import { run } from "./run.ts";
import { StartedProgram } from "./started-program.ts";

let app: InstalledApp;
let stepwell: string;
beforeAll(async () => {
  const packages = ["stepwell", "@stepwell/cli"];
  app = await InstalledApp.install({ files: ["express-app"], packages, registry: { express: "5.3.0" }, type: "module" });
  // As `npx stepwell` finds it, whichever of the two packages has put it there.
  stepwell = join(app.folder, "node_modules/.bin/stepwell");
});
afterAll(() => app[Symbol.dispose]());

test("init adds a function to an Express project, and the dev server runs it", async () => {
  const { stdout } = await run(process.execPath, [stepwell, "init"], app.folder);
  expect(stdout).toContain("stepwell/functions/hello-world.js");
  const args = [stepwell, "dev", "--port", "0", "--log", "json", "--no-discovery"];
  using server = new StartedProgram({ args, cwd: app.folder });
  const url = await server.says(/"event":"server\.ready"[^\n]*"url":"([^"]+)"/);
  using program = new StartedProgram({ args: ["index.js"], cwd: app.folder, env: { PORT: "0", STEPWELL_DEV: url } });
  const origin = await program.says(/listens on (\S+)/);
  const body = JSON.stringify({ url: `${origin}/api/stepwell` });
  expect((await fetch(`${url}/api/v1/apps/sync`, { method: "POST", body })).status).toBe(200);
  const client = ["--json", "--server", url];
  await run(process.execPath, [stepwell, "send", "app/hello.world", '{"name":"Ada"}', ...client], app.folder);
  const runs = async () => (await run(process.execPath, [stepwell, "runs", "list", ...client], app.folder)).stdout;
  await expect.poll(runs, { timeout: 20_000 }).toMatch(/"status":\s*"completed"/);
});

test("the SDK's own program finds the command line where that is installed, and names it where it is not", async () => {
  const program = "node_modules/stepwell/bin.mjs";
  expect((await run(process.execPath, [program, "version", "--help"], app.folder)).stdout).toContain("stepwell version");
  using without = await InstalledApp.install({ files: [], packages: ["stepwell"] });
  await expect(run(process.execPath, [program, "dev"], without.folder)).rejects.toThrow("npx @stepwell/cli dev");
});

const node20 = await findNode(20);
if (node20 !== undefined)
  test("on a Node that is too old it says which one it needs", async () => {
    await expect(run(node20, [stepwell, "dev"], app.folder)).rejects.toThrow(
      "Stepwell needs Node 22.20 or later, and of 24 24.7 or later, and this is Node 20.",
    );
  });
