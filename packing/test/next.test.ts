// A Next.js application that installs the package, built and started as in production, on both of its routers.

import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { InstalledApp } from "./installed-app.ts";
import { knownNodes } from "./known-nodes.ts";
import { run } from "./run.ts";
import { StartedProgram } from "./started-program.ts";

const env = { NEXT_TELEMETRY_DISABLED: "1", NODE_ENV: "production" };

let app: InstalledApp;
let next: string;
beforeAll(async () => {
  // Three hundred megabytes: it is fetched when it is needed and is no dependency of this repository.
  const registry = { next: "16.4.6", react: "19.3.1", "react-dom": "19.3.1" };
  app = await InstalledApp.install({ files: ["next-app"], packages: ["stepwell"], registry });
  next = join(app.folder, "node_modules/next/dist/bin/next");
  await run(process.execPath, [next, "build"], app.folder, env);
});
afterAll(() => app[Symbol.dispose]());

const event = { id: "e", name: "order/placed", ts: 0, data: { total: 42 } };
const ctx = {
  run_id: "r",
  attempt: 0,
  max_attempts: 4,
  disable_immediate_execution: false,
  use_api: false,
  stack: { stack: [], current: 0 },
};

test.each(knownNodes)("serves its functions from the app router and from a page's API route, on %s", (_name, node) => callBoth(node));

async function callBoth(node: string): Promise<void> {
  using server = new StartedProgram({ node, args: [next, "start", "--port", "0"], cwd: app.folder, env });
  const origin = await server.says(/(http:\/\/localhost:\d+)[\s\S]*Ready/);
  for (const path of ["/api/stepwell", "/api/stepwell-pages"]) {
    const introspected = await fetch(`${origin}${path}`);
    expect(await introspected.json()).toMatchObject({ mode: "dev", function_count: 1 });
    const called = await fetch(`${origin}${path}?fnId=shop-fulfil&stepId=step`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ event, events: [event], steps: {}, ctx, version: 2 }),
    });
    expect([called.status, await called.json()]).toMatchObject([206, [{ op: "StepRun", data: { charged: 42 } }]]);
  }
}
