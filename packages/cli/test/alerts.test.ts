import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { stepwell, stepwellServer, temporaryFolder } from "./stepwell-process.ts";
import { tinyApp } from "./tiny-app.ts";

const keys = { STEPWELL_SIGNING_KEY: "00ff", STEPWELL_EVENT_KEY: "k" };

/** A folder with a configuration file. */
function configured(config: object): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "stepwell.json"), JSON.stringify(config));
  return folder;
}

/** What is posted to it, each as soon as it is there. */
async function hookServer() {
  const bodies: Record<string, unknown>[] = [];
  const waiting: (() => void)[] = [];
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += String(chunk);
    bodies.push(JSON.parse(text));
    response.end();
    for (const wake of waiting.splice(0)) wake();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    bodies,
    async received(count: number) {
      while (bodies.length < count) await new Promise<void>((resolve) => waiting.push(resolve));
    },
  };
}

test("runs that fail are told of by a webhook, listed, and a test notice is sent on demand", async () => {
  const hook = await hookServer();
  const channels = { ops: { kind: "webhook", url: "$HOOK_URL" } };
  const rules = [{ kind: "failure-rate", above: "50%", "min-runs": 2 }, { kind: "new-error-group" }];
  const functions = {
    bad: { event: "a/b", status: 400, body: { name: "Error", message: "no" }, headers: { "x-inngest-no-retry": "true" } },
  };
  const cwd = configured({ alerts: { rules: [], channels: {} }, dev: { alerts: { rules, channels } } });
  const server = await stepwellServer("dev", ["--no-discovery"], { cwd, env: { HOOK_URL: hook.url } });
  const app = await tinyApp({ server: () => server.url, functions });
  await fetch(`${server.url}/api/v1/apps/sync`, { method: "POST", body: JSON.stringify({ url: app.url }) });
  const run = (...args: readonly string[]) => stepwell([...args, "--server", server.url]);
  expect((await run("alerts")).stdout).toMatch(/\nquiet\tfailure-rate\t\tops\t\n/);
  await fetch(`${server.url}/e/x`, { method: "POST", body: JSON.stringify([{ name: "a/b" }, { name: "a/b" }]) });
  await hook.received(2);
  expect(hook.bodies.toSorted((one, other) => String(one["rule"]).localeCompare(String(other["rule"])))).toMatchObject([
    { type: "alert.firing", subject: "tiny-bad", text: expect.stringMatching(/^100 % of 2 runs/) },
    {
      type: "alert.firing",
      subject: expect.stringMatching(/^tiny-bad [0-9a-f]{16}$/),
      text: expect.stringContaining("Error: no (2 runs so far"),
    },
  ]);
  const { data } = JSON.parse((await run("alerts", "list", "--json")).stdout);
  expect(data).toMatchObject({
    rules: [{ state: "firing", firing: [{ subject: "tiny-bad" }] }, { state: "firing" }],
    channels: [{ name: "ops", kind: "webhook", to: new URL(hook.url).origin }],
  });
  expect(await run("alerts", "test")).toMatchObject({ code: 0, stdout: "✓ ops\n" });
  expect(hook.bodies[2]).toMatchObject({ type: "alert.test" });
  expect(await run("alerts", "test", "opps")).toMatchObject({ code: 3, stderr: expect.stringContaining('"opps"') });
});

test("start asks no private webhook unless it is let in", async () => {
  const hook = await hookServer();
  const cwd = configured({ alerts: { rules: [], channels: { ops: { kind: "slack", url: hook.url } } } });
  const send = async (...args: readonly string[]) => {
    const server = await stepwellServer("start", ["--host", "127.0.0.1", ...args], { cwd, env: keys });
    const result = await stepwell(["alerts", "test", "--server", server.url], { env: { STEPWELL_API_KEY: "00ff" } });
    server.kill("SIGTERM");
    await server.ended;
    return result;
  };
  expect(await send()).toMatchObject({ code: 9, stdout: expect.stringMatching(/^✕ ops: .*--allow-call-to/) });
  expect(hook.bodies).toEqual([]);
  expect(await send("--allow-call-to", "127.0.0.1")).toMatchObject({ code: 0 });
  expect(hook.bodies).toMatchObject([{ text: expect.stringContaining("this is a test") }]);
});

test("alerts with mistakes are refused with every place, and doctor says the same", async () => {
  const cwd = configured({ alerts: { rules: [{ kind: "failure-rate", above: 2 }, { kind: "nothing" }], channels: {} } });
  const refused = await stepwell(["dev", "--no-discovery", "--port", "0"], { cwd });
  expect(refused).toMatchObject({ code: 2, stdout: "" });
  expect(refused.stderr).toMatch(
    /^error: the alerts of .*stepwell\.json cannot be used\n {2}alerts\.rules\.0\.above: .*\n {2}alerts\.rules\.1\.kind: /,
  );
  const doctor = await stepwell(["doctor", "--check", "options", "--server", "http://localhost:1"], { cwd, env: { HOME: cwd } });
  expect(doctor).toMatchObject({ code: 9, stdout: expect.stringContaining("cannot be used") });
});

test("a server without alerts says so", async () => {
  const server = await stepwellServer("dev", ["--no-discovery"]);
  expect((await stepwell(["alerts", "list", "--server", server.url])).stderr).toContain("no alerts are configured");
  expect(await stepwell(["alerts", "test", "--server", server.url])).toMatchObject({
    code: 3,
    stderr: expect.stringContaining("no alerts are configured"),
  });
});
