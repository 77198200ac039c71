// Chaos over real HTTP, on every official SDK, with checkpoints in the middle of calls that are delivered twice: steps are seen
// to run more than once, and everything that is recorded is what one of those executions returned.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startApp } from "./app-process.ts";
import { killedSteps } from "./killed-functions.ts";
import { startTestServer } from "./test-server.ts";

/** Those that need nobody beside them. */
const names = ["chain", "parallel", "naps", "retries", "invokes"] as const;
const runsOfEach = 4;

test.each(["v3", "v4"] as const)(
  "runs on inngest@%s pass under chaos, and show what was done to them",
  { timeout: 60_000 },
  async (sdk) => {
    const folder = mkdtempSync(join(tmpdir(), "stepwell-chaos-"));
    const doneFile = join(folder, "done.txt");
    await using server = await startTestServer({ engine: { chaos: { rate: 0.5 } } });
    await using app = await startApp({ sdk, serverUrl: server.url, functions: "killed", doneFile });
    await server.sync(app.url);
    const sent = names.flatMap((name) => Array.from({ length: runsOfEach }, () => ({ name: `killed/${name}`, data: {} })));
    const ids = await server.send(sent);
    const runs = await Promise.all(sent.map(({ name }, index) => server.runOf(ids[index] ?? "", name.replace("killed/", "conformance-"))));

    const done = readFileSync(doneFile, "utf8").trim().split("\n");
    let injected = 0;
    for (const [index, run] of runs.entries()) {
      expect(run).toMatchObject({ status: "completed", error: null });
      const steps = killedSteps[sent[index]?.name.replace("killed/", "") ?? ""] ?? [];
      const values = run.output as readonly string[];
      for (const [place, step] of steps.entries()) expect(done).toContain(`${run.id} ${step} ${values[place]}`);
      const response = await fetch(`${server.url}/api/v1/runs/${run.id}/trace`);
      const { data } = (await response.json()) as { readonly data: { readonly counts: { readonly injected?: number } } };
      injected += data.counts.injected ?? 0;
    }
    expect(injected).toBeGreaterThan(runs.length / 2);
    // Some step ran more often than it is recorded.
    expect(new Set(done.map((line) => line.split(" ").slice(0, 2).join(" "))).size).toBeLessThan(done.length);
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(metrics).toMatch(/stepwell_chaos_faults_total\{kind="doubled"\} [1-9]/);
    rmSync(folder, { recursive: true, force: true });
  },
);
