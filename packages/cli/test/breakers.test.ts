import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { stepwell, stepwellServer, temporaryFolder } from "./stepwell-process.ts";
import { tinyApp } from "./tiny-app.ts";

function configured(functions: object): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "stepwell.json"), JSON.stringify({ functions }));
  return folder;
}

test("a breaker of the configuration file opens, is listed and counted, and is closed by hand", { timeout: 90_000 }, async () => {
  let isDown = true;
  const cwd = configured({ "tiny-f": { circuitBreaker: { failures: 1, cooldown: "1h" } } });
  const server = await stepwellServer("dev", ["--no-discovery"], { cwd });
  const functions = {
    f: { event: "a/b", status: 206, body: () => [{ id: "0".repeat(40), op: isDown ? "StepFailed" : "StepRun", name: "s", ...content() }] },
  };
  const content = () => (isDown ? { error: { name: "Error", message: "no" } } : { data: 1 });
  const app = await tinyApp({ server: () => server.url, functions });
  await fetch(`${server.url}/api/v1/apps/sync`, { method: "POST", body: JSON.stringify({ url: app.url }) });
  const run = (...args: readonly string[]) => stepwell([...args, "--server", server.url]);
  expect((await run("breakers")).stderr).toContain("no breaker is open");
  expect(await run("breakers", "reset", "tiny-f")).toMatchObject({ code: 3, stderr: expect.stringContaining('no breaker "tiny-f"') });

  const send = () => fetch(`${server.url}/e/x`, { method: "POST", body: JSON.stringify({ name: "a/b" }) });
  await send();
  await server.line("breaker.opened");
  await send();
  const { data } = JSON.parse((await run("breakers", "list", "--json")).stdout);
  expect(data).toMatchObject([
    {
      ...{ function: { slug: "tiny-f" }, key: null, status: "open", reason: "failures", failures: 1, calls: 1 },
      rule: { failures: 1, rate: null, windowMs: 60_000, cooldownMs: 3_600_000, halfOpen: 1 },
    },
  ]);
  expect((await run("breakers", "list")).stdout).toMatch(/\nopen\ttiny-f\t\t1 of 1\tcalls failed\t/);
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  expect(metrics).toContain('stepwell_breakers{function="tiny-f",status="open"} 1');
  expect(metrics).toContain('stepwell_breaker_changes_total{kind="opened"} 1');
  const [waiting] = JSON.parse((await run("runs", "list", "--json")).stdout).data;
  expect(waiting).toMatchObject({ statusReason: { code: "circuit_open" } });

  isDown = false;
  expect(await run("breakers", "reset", "tiny-f")).toMatchObject({ code: 0, stdout: "✓ closed tiny-f, which was open\n" });
  await server.line("breaker.closed");
});

test("a breaker that is wrong is refused before anything starts", async () => {
  const cwd = configured({ f: { circuitBreaker: { failures: 0 } } });
  expect(await stepwell(["start", "--port", "0"], { cwd })).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^error: "functions" in .*stepwell\.json: "f": circuitBreaker\.failures: failures is a whole number/),
  });
});
