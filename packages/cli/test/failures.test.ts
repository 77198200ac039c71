// What went wrong, over the command line: groups of failed runs, and runs that are repeated.

import { expect, test } from "vitest";
import { type CommandResult, stepwell, stepwellServer } from "./stepwell-process.ts";
import { tinyApp } from "./tiny-app.ts";

interface Setup {
  /** Runs a command against the server. */
  run(...args: readonly string[]): Promise<CommandResult>;
  /** A run that has failed. */
  fail(): Promise<string>;
}

async function setup(): Promise<Setup> {
  let url = "";
  const body = { name: "CardTimeout", message: "no answer", stack: "" };
  const fails = { event: "tiny/fails", status: 400, body, headers: { "x-inngest-no-retry": "true" } };
  const app = await tinyApp({ server: () => url, functions: { fails } });
  const server = await stepwellServer("dev", ["--no-discovery"]);
  url = server.url;
  const answer = await fetch(`${url}/api/v1/apps/sync`, { method: "POST", body: JSON.stringify({ url: app.url }) });
  if (!answer.ok) throw new Error(await answer.text());
  return {
    run: (...args) => stepwell(args, { env: { STEPWELL_SERVER_URL: url } }),
    async fail() {
      const sent = await fetch(`${url}/e/test`, { method: "POST", body: JSON.stringify({ name: "tiny/fails", data: {} }) });
      const { ids } = (await sent.json()) as { readonly ids: readonly string[] };
      const runs = async (): Promise<readonly { readonly id: string; readonly status: string }[]> =>
        ((await (await fetch(`${url}/api/v1/runs?event=${ids[0]}`)).json()) as { data: { id: string; status: string }[] }).data;
      await expect.poll(async () => (await runs())[0]?.status, { timeout: 10_000 }).toBe("failed");
      return (await runs())[0]?.id ?? "";
    },
  };
}

test("failures are listed in groups, shown, resolved and ignored", { timeout: 60_000 }, async () => {
  const { run, fail } = await setup();
  const first = await fail();
  const listed = JSON.parse((await run("failures", "list", "--json")).stdout);
  expect(listed).toMatchObject({ data: [{ name: "CardTimeout", template: "no answer", runs: { total: 1 } }], counts: { open: 1 } });
  const [{ fingerprint }] = listed.data;
  const short = fingerprint.slice(0, 6);
  expect((await run("failures")).stdout).toMatch(new RegExp(`open\\t1\\ttiny-fails\\t.*CardTimeout: no answer\\t${fingerprint}`));
  expect((await run("failures", "show", short)).stdout).toContain(first);
  expect(await run("failures", "resolve", short)).toMatchObject({ code: 0, stdout: expect.stringContaining("resolved") });
  expect(JSON.parse((await run("failures", "list", "--json")).stdout).data).toEqual([]);
  await fail();
  expect(JSON.parse((await run("failures", "list", "--json")).stdout).data).toMatchObject([{ state: "open", runs: { total: 2 } }]);
  expect(await run("failures", "ignore", short)).toMatchObject({ code: 0 });
  const [opened, unknown, unnamed] = await Promise.all([
    run("failures", "open", short),
    run("failures", "show", "000000"),
    run("failures", "show"),
  ]);
  expect([opened.code, unknown.code, unnamed.code]).toEqual([0, 3, 2]);
});

test("failures are redriven, each once, after a question", { timeout: 60_000 }, async () => {
  const { run, fail } = await setup();
  await fail();
  const second = await fail();
  const fingerprint: string = JSON.parse((await run("failures", "list", "--json")).stdout).data[0].fingerprint;
  const short = fingerprint.slice(0, 6);

  const one = await run("failures", "redrive", "--run", second, "--json");
  expect(JSON.parse(one.stdout)).toMatchObject({ runId: expect.any(String) });
  const [again, unasked, aimless, dry] = await Promise.all([
    run("failures", "redrive", "--run", second),
    run("failures", "redrive", short),
    run("failures", "redrive"),
    run("failures", "redrive", short, "--dry-run", "--json"),
  ]);
  expect(again).toMatchObject({ code: 5, stderr: expect.stringContaining("repeated before") });
  expect(unasked).toMatchObject({ code: 2, stderr: expect.stringContaining("--yes") });
  expect(aimless).toMatchObject({ code: 2, stderr: expect.stringContaining("needs groups") });
  expect(JSON.parse(dry.stdout).data.ineligible).toContainEqual({ reason: "already_redriven", count: 1 });
  const many = await run("failures", "redrive", short, "--mode", "rerun", "--yes", "--json");
  expect(JSON.parse(many.stdout)).toMatchObject({ data: { kind: "replay", state: "completed", options: { mode: "rerun" } } });
  expect(JSON.parse((await run("runs", "list", "--failure", fingerprint, "--json")).stdout).data.length).toBeGreaterThanOrEqual(3);
});
