import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { type CommandResult, stepwell, stepwellServer, temporaryFolder } from "./stepwell-process.ts";
import { tinyApp } from "./tiny-app.ts";

interface Setup {
  readonly url: string;
  /** Runs a command against the server. */
  run(...args: readonly string[]): Promise<CommandResult>;
  /** Sends an event and waits until the run it starts is in this status. */
  start(event: string, status: string): Promise<string>;
}

/** A dev server with an app whose functions complete, fail and sleep. */
async function setup(): Promise<Setup> {
  let url = "";
  const app = await tinyApp({
    server: () => url,
    functions: {
      done: { event: "tiny/done", status: 200, body: { total: 129.9 } },
      big: { event: "tiny/big", if: "event.data.total > 500", status: 200, body: null },
      fails: {
        event: "tiny/fails",
        status: 400,
        body: { name: "CardTimeout", message: "no answer", stack: "" },
        headers: { "x-inngest-no-retry": "true" },
      },
      hears: { event: "inngest/function.cancelled", status: 200, body: null },
      sleeps: { event: "tiny/sleeps", status: 206, body: [{ id: "0".repeat(40), op: "Sleep", name: "1h", displayName: "nap" }] },
    },
  });
  const server = await stepwellServer("dev", ["--no-discovery"]);
  url = server.url;
  const answer = await fetch(`${url}/api/v1/apps/sync`, { method: "POST", body: JSON.stringify({ url: app.url }) });
  if (!answer.ok) throw new Error(await answer.text());
  const run = (...args: readonly string[]): Promise<CommandResult> => stepwell(args, { env: { STEPWELL_SERVER_URL: url } });
  return {
    url,
    run,
    async start(event, status) {
      const sent = await fetch(`${url}/e/test`, { method: "POST", body: JSON.stringify({ name: event, data: {} }) });
      const { ids } = (await sent.json()) as { readonly ids: readonly string[] };
      const runs = async (): Promise<readonly { readonly id: string; readonly status: string }[]> =>
        ((await (await fetch(`${url}/api/v1/runs?event=${ids[0]}`)).json()) as { data: { id: string; status: string }[] }).data;
      await expect.poll(async () => (await runs())[0]?.status, { timeout: 10_000 }).toBe(status);
      return (await runs())[0]?.id ?? "";
    },
  };
}

test("AC-CLI-05: runs list is JSON for programs, and an empty list is a list", async () => {
  const { run, start } = await setup();
  const empty = await run("runs", "list", "--json");
  expect(empty).toMatchObject({ code: 0, stderr: "" });
  expect(JSON.parse(empty.stdout)).toMatchObject({ data: [], page: { next: null } });
  const id = await start("tiny/done", "completed");
  expect(JSON.parse((await run("runs", "list", "--json")).stdout)).toMatchObject({ data: [{ id, status: "completed" }] });
  expect(JSON.parse((await run("runs", "list", "--jsonl")).stdout)).toMatchObject({ id });
});

test("runs list filters, pages, and in a pipe has tabs and whole values", async () => {
  const { run, start } = await setup();
  const failed = await start("tiny/fails", "failed");
  const done = await start("tiny/done", "completed");
  const [heads, ...rows] = (await run("runs", "list", "--status", "failed", "--last", "1h")).stdout.trim().split("\n");
  expect(heads).toBe("STATUS\tFUNCTION\tTRIGGER\tQUEUED\tTOOK\tERROR\tID");
  expect(rows.map((row) => row.split("\t"))).toEqual([
    ["failed", "tiny-fails", "tiny/fails", expect.stringMatching(/Z$/), expect.stringMatching(/^\d+$/), "CardTimeout: no answer", failed],
  ]);
  const first = await run("runs", "list", "--limit", "1");
  expect(first.stdout).toContain(done);
  const cursor = /1 of 2 · next page: --after (\S+)/.exec(first.stderr)?.[1] ?? "";
  expect((await run("runs", "list", "--limit", "1", "--after", cursor)).stdout).toContain(failed);
  expect((await run("runs", "list", "--limit", "1", "--all", "--jsonl")).stdout.trim().split("\n")).toHaveLength(2);
  expect(await run("runs", "list", "--fn", "tiny-done", "--json")).toMatchObject({ stdout: expect.not.stringContaining(failed) });
});

test("a filter that means nothing is a usage error with the server's words", async () => {
  const { run } = await setup();
  expect(await run("runs", "list", "--status", "sleepy")).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/"sleepy" is no status/),
  });
  expect(await run("runs", "list", "--limit", "x")).toMatchObject({ code: 2 });
  expect(await run("runs", "list", "--last", "a while")).toMatchObject({ code: 2, stderr: expect.stringMatching(/--last is a duration/) });
});

test("runs show finds a run by a beginning of its id and shows its steps, its error and its output", async () => {
  const { run, start } = await setup();
  const failed = await start("tiny/fails", "failed");
  const sleeping = await start("tiny/sleeps", "waiting");
  const done = await start("tiny/done", "completed");
  expect((await run("runs", "show", failed)).stdout).toMatch(/✕ failed {2}tiny-fails[\s\S]*CardTimeout: no answer/);
  expect((await run("runs", "show", sleeping)).stdout).toMatch(/⧗ waiting[\s\S]*⧗ nap +step\.sleep +until/);
  expect(JSON.parse((await run("runs", "show", done, "--output")).stdout)).toEqual({ total: 129.9 });
  expect(JSON.parse((await run("runs", "show", done, "--input")).stdout)).toMatchObject({ name: "tiny/done" });
  expect((await run("runs", "show", done.slice(0, 20).toLowerCase())).stdout).toContain(done);
  expect(JSON.parse((await run("runs", "show", done, "--json")).stdout)).toMatchObject({ id: done, trace: { runId: done } });
});

test("runs logs and runs show --logs print what a run wrote to its log", async () => {
  const { run, start, url } = await setup();
  const done = await start("tiny/done", "completed");
  expect(await run("runs", "logs", done)).toMatchObject({ code: 0, stdout: "", stderr: expect.stringContaining("No lines") });
  const line = { at: 1_700_000_000_000, level: "error", text: "boom", data: { n: 1 }, stepId: "s", attempt: 1 };
  const lines = [line, { at: line.at, level: "info", text: "over" }];
  await fetch(`${url}/api/v1/runs/${done}/logs`, { method: "POST", body: JSON.stringify({ lines }) });
  const text = '2023-11-14T22:13:20.000Z error  s #2  boom  {"n":1}\n2023-11-14T22:13:20.000Z info   over\n';
  expect((await run("runs", "show", done, "--logs")).stdout).toBe(text);
  expect((await run("runs", "logs", done, "-f")).stdout).toBe(text);
  expect(JSON.parse((await run("runs", "logs", done, "--json", "--level", "info")).stdout)).toMatchObject([{ text: "over" }]);
  expect((await run("runs", "logs", done, "--jsonl", "--step", "s")).stdout).toMatch(/^\{.*"boom".*\}\n$/);
});

test("a run that does not exist is exit code 3, as JSON on stderr when that is asked for", async () => {
  const { run } = await setup();
  expect(await run("runs", "show", "01AAAAAAAAAAAAAAAAAAAAAAAA")).toMatchObject({ code: 3, stdout: "" });
  const asJson = await run("runs", "show", "01AAAAAAAAAAAAAAAAAAAAAAAA", "--json");
  expect(asJson).toMatchObject({ code: 3, stdout: "" });
  expect(JSON.parse(asJson.stderr)).toEqual({
    error: { code: "run_not_found", message: expect.any(String), hint: expect.any(String), exit: 3 },
  });
  expect(await run("runs", "show", "01AA")).toMatchObject({ code: 2, stderr: expect.stringMatching(/at least six characters/) });
});

test("why says what keeps a run and what became of an event, by their ids or beginnings of them", async () => {
  const { run, start, url } = await setup();
  const sleeping = await start("tiny/sleeps", "waiting");
  const text = await run("why", sleeping);
  expect(text).toMatchObject({ code: 0, stderr: "" });
  expect(text.stdout).toMatch(
    /^⧗ waiting {2}tiny-sleeps .*\n {2}sleeps in "nap" for another .*\n {2}begins about .*Z \(confidence: high; its time\)\n {2}✓ function active\n/,
  );
  // Ids of one moment, of the run and its event, may have twenty characters in common.
  const byBeginning = await run("why", sleeping.slice(0, 24).toLowerCase());
  expect(byBeginning).toMatchObject({ code: 0, stderr: "", stdout: expect.stringContaining(sleeping) });
  expect((await run("runs", "show", sleeping, "--explain")).stdout).toContain("✕ due: it is due in ");
  expect(JSON.parse((await run("runs", "show", sleeping, "--explain", "--json")).stdout)).toMatchObject({ runId: sleeping });
  const sent = await fetch(`${url}/e/test`, { method: "POST", body: JSON.stringify({ name: "tiny/big", data: { total: 7 } }) });
  const { ids } = (await sent.json()) as { readonly ids: readonly string[] };
  expect((await run("why", ids[0] ?? "")).stdout).toContain("event.data.total > 500 is false (event.data.total is 7)");
  expect(JSON.parse((await run("why", ids[0] ?? "", "--json")).stdout)).toMatchObject({
    eventId: ids[0],
    functions: [{ function: { slug: "tiny-big" }, outcome: "not_matched", read: { "event.data.total": 7 } }],
  });
});

test("why of what is not there, is unclear, or is no id has an exit code of its own", async () => {
  const { run, start } = await setup();
  const id = await start("tiny/done", "completed");
  const missing = await run("why", "01AAAAAAAAAAAAAAAAAAAAAAAA", "--json");
  expect(missing).toMatchObject({ code: 3, stdout: "" });
  expect(JSON.parse(missing.stderr)).toMatchObject({ error: { code: "not_found", exit: 3 } });
  // Its event came in the same moment.
  expect(await run("why", id.slice(0, 8))).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/begins the id of a run and of an event/),
  });
  expect(await run("why", "01AA")).toMatchObject({ code: 2, stderr: expect.stringMatching(/at least six characters/) });
  expect(await run("why")).toMatchObject({ code: 2 });
});

test("why of a cancelled run is the run's, also where the event that tells of it has the same id", async () => {
  const { run, start } = await setup();
  const id = await start("tiny/sleeps", "waiting");
  await run("runs", "cancel", id);
  await expect.poll(async () => (await run("why", id, "--event")).code, { timeout: 10_000 }).toBe(0);
  expect(await run("why", id)).toMatchObject({ code: 0, stdout: expect.stringMatching(/^⊘ cancelled {2}tiny-sleeps/) });
  expect((await run("why", id)).stderr).toBe(`the event with the same id: stepwell why ${id} --event\n`);
  expect(JSON.parse((await run("why", id, "--event", "--json")).stdout)).toMatchObject({ eventId: id });
  expect(await run("why", id.slice(0, 20))).toMatchObject({ code: 2 });
  expect(await run("why", "01AAAAAAAAAAAAAAAAAAAAAAAA", "--event")).toMatchObject({ code: 3 });
});

test("runs cancel ends a run once; the second time is a conflict", async () => {
  const { run, start } = await setup();
  const id = await start("tiny/sleeps", "waiting");
  expect(await run("runs", "cancel", id)).toMatchObject({ code: 0, stdout: `⊘ cancelled ${id}\n` });
  expect(await run("runs", "cancel", id)).toMatchObject({ code: 5, stdout: "" });
});

test("AC-CLI-06: cancelling by a filter asks, and where nobody can be asked it cancels nothing", async () => {
  const { run, start } = await setup();
  const id = await start("tiny/sleeps", "waiting");
  expect(await run("runs", "cancel", "--status", "waiting", "--json")).toMatchObject({ code: 2, stdout: "" });
  expect(await run("runs", "cancel")).toMatchObject({ code: 2, stderr: expect.stringMatching(/needs ids or a filter/) });
  expect((await run("runs", "show", id)).stdout).toContain("waiting");
  const done = await run("runs", "cancel", "--fn", "tiny-sleeps", "--yes", "--json");
  expect(done).toMatchObject({ code: 0 });
  expect(JSON.parse(done.stdout)).toMatchObject({ data: { kind: "cancel", state: "completed", counts: { ok: 1 } } });
  expect((await run("runs", "show", id)).stdout).toContain("cancelled");
});

test("runs cancel by an expression over the event ends the runs it means, with their reason", async () => {
  const { run, start } = await setup();
  const id = await start("tiny/sleeps", "waiting");
  expect(await run("runs", "cancel", "-e", "event.data.total > 1", "--yes")).toMatchObject({
    code: 0,
    stdout: "",
    stderr: "no run matches\n",
  });
  expect(await run("runs", "cancel", "-e", "event.data.", "--yes")).toMatchObject({ code: 2, stdout: "" });
  const done = await run("runs", "cancel", "-e", "event.name == 'tiny/sleeps'", "--reason", "INC-1", "--yes");
  expect(done).toMatchObject({ code: 0, stdout: "⊘ cancelled 1 run\n" });
  expect(JSON.parse((await run("runs", "show", id, "--json")).stdout)).toMatchObject({ status: "cancelled", cancelReason: "INC-1" });
});

test("invoke starts one function, and waits for its end where it is told to", async () => {
  const { run } = await setup();
  expect((await run("invoke", "tiny-done", '{"a":1}')).stdout).toMatch(/^✓ started \w{26}\n$/);
  expect(await run("invoke", "tiny/done", "--wait")).toMatchObject({ code: 0, stdout: '{"total":129.9}\n' });
  expect(await run("invoke", "tiny-fails", "--wait")).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("no answer") });
  expect(await run("invoke", "tiny-sleeps", "--wait", "--timeout", "1s")).toMatchObject({ code: 7, stdout: "" });
});

test("invoke by one id is one run, and a name that is nearly right is offered", async () => {
  const { run } = await setup();
  const [first, again] = [await run("invoke", "tiny-done", "--id", "x", "--json"), await run("invoke", "tiny-done", "--id", "x", "--json")];
  expect(JSON.parse(again.stdout)).toMatchObject({ repeated: true, runId: (JSON.parse(first.stdout) as { runId: string }).runId });
  expect(await run("invoke", "tiny-doen")).toMatchObject({ code: 3, stderr: expect.stringContaining("did you mean tiny-done?") });
});

test("an invoke that is typed wrong starts nothing", async () => {
  const { run } = await setup();
  for (const args of [[], ["tiny-done", "[1]"], ["tiny-done", "{}", "--data", "{}"], ["tiny-done", "--at", "soon"]])
    expect(await run("invoke", ...args), args.join(" ")).toMatchObject({ code: 2, stdout: "" });
});

test("of several ids those that can be cancelled are, and the exit code says that it was not all", async () => {
  const { run, start } = await setup();
  const [ended, live] = [await start("tiny/done", "completed"), await start("tiny/sleeps", "waiting")];
  const result = await run("runs", "cancel", ended, live, "--json");
  expect(result.code).toBe(8);
  expect(JSON.parse(result.stdout)).toMatchObject({ data: [{ id: live }], refused: [{ id: ended, code: "run_already_ended" }] });
});

test("send says which functions an event starts, and takes its data as text, from a file and from stdin", async () => {
  const { run, url } = await setup();
  const sent = await run("send", "tiny/done", '{"orderId":"A-1"}');
  expect(sent).toMatchObject({ code: 0, stderr: "" });
  expect(sent.stdout).toMatch(new RegExp(`✓ sent \\w{26}\n  starts\ttiny-done\t${url}/api/v1/runs/\\w{26}`));
  expect((await run("send", "nobody/listens")).stdout).toContain("no function is triggered by this name");
  const refused = await run("send", "tiny/big", "--data", '{"total":129.9}');
  expect(refused.stdout).toMatch(/^✓ sent \w{26}\n {2}no\s+tiny-big\s+event\.data\.total > 500 is false \(129\.9\)\n$/);
  expect((await run("send", "tiny/big", "--data", '{"total":501}')).stdout).toMatch(/ {2}starts\s+tiny-big/);
  expect((await run("send", "tiny/big")).stdout).toContain("event.data.total > 500 is false\n");
  expect(JSON.parse((await run("send", "tiny/big", "--data", '{"total":1}', "--json")).stdout)).toMatchObject({
    outcomes: [{ function: "tiny-big", code: "not_matched", expression: "event.data.total > 500", read: { "event.data.total": 1 } }],
  });
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, "order.json"), '{"orderId":"A-2"}');
  const env = { STEPWELL_SERVER_URL: url };
  const fromFile = await stepwell(["send", "tiny/done", "--data", "@order.json", "--id", "my-id", "--json"], { cwd, env });
  expect(JSON.parse(fromFile.stdout)).toMatchObject({ name: "tiny/done", data: { orderId: "A-2" }, externalId: "my-id", runs: [{}] });
  const fromInput = await stepwell(["send", "tiny/done", "--data", "@-", "--json"], { env, input: '{"orderId":"A-3"}' });
  expect(JSON.parse(fromInput.stdout)).toMatchObject({ data: { orderId: "A-3" } });
});

test("an event can be sent for a time to come", async () => {
  const { run } = await setup();
  const before = Date.now();
  const { ts } = JSON.parse((await run("send", "tiny/done", "--at", "+10m", "--json")).stdout) as { readonly ts: string };
  expect(Date.parse(ts) - before).toBeGreaterThanOrEqual(600_000);
  expect(Date.parse(ts) - before).toBeLessThan(660_000);
  expect(JSON.parse((await run("send", "a/b", "--at", "2030-01-01T00:00:00Z", "--json")).stdout)).toMatchObject({
    ts: "2030-01-01T00:00:00.000Z",
  });
});

test("data that is no object, is missing, or is given twice is a usage error and sends nothing", async () => {
  const { run, url } = await setup();
  for (const args of [["[1]"], ["{"], ["--data", "@absent.json"], ["{}", "--data", "{}"], ["{}", "{}"], ["{}", "--at", "soon"]])
    expect(await run("send", "tiny/done", ...args), args.join(" ")).toMatchObject({ code: 2, stdout: "" });
  expect(await run("send")).toMatchObject({ code: 2 });
  expect(await run("send", "")).toMatchObject({ code: 2 });
  expect(((await (await fetch(`${url}/api/v1/events`)).json()) as { data: unknown[] }).data).toEqual([]);
});

test("AC-CLI-08: in a pipe with NO_COLOR no escape byte is in either stream", async () => {
  const { url, start } = await setup();
  const id = await start("tiny/fails", "failed");
  const env = { NO_COLOR: "1", STEPWELL_SERVER_URL: url };
  for (const args of [
    ["runs", "list"],
    ["runs", "show", id],
    ["send", "tiny/done"],
    ["dev", "--help"],
    ["runs", "shw"],
  ]) {
    const { stdout, stderr } = await stepwell(args, { env });
    expect(stdout + stderr, args.join(" ")).not.toContain("\u001b");
  }
});

test("AC-CLI-09: a server that is down is exit code 6, with what to type", async () => {
  for (const args of [
    ["runs", "list"],
    ["runs", "show", "01JD8ZK3"],
    ["runs", "cancel", "01JD8ZK3"],
    ["send", "a/b"],
  ]) {
    const result = await stepwell([...args, "--server", "http://127.0.0.1:1"]);
    expect(result, args.join(" ")).toMatchObject({ code: 6, stdout: "" });
    expect(result.stderr).toContain("stepwell dev");
  }
});

test("what answers and is no Stepwell server is said to be none; what does not answer is a timeout", async () => {
  let isSilent = false;
  const server = createServer((_, response) => void (isSilent || response.end("<html>"))).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const html = await stepwell(["runs", "list", "--server", `localhost:${port}`]);
  expect(html).toMatchObject({ code: 6, stderr: expect.stringMatching(/is not a Stepwell server/) });
  isSilent = true;
  expect(await stepwell(["runs", "list", "--server", `localhost:${port}`, "--timeout", "200ms"])).toMatchObject({ code: 7 });
});

test("a production server wants its keys: the event key to send, the signing key to read", async () => {
  const keys = { STEPWELL_SIGNING_KEY: "signkey-prod-00ff", STEPWELL_EVENT_KEY: "event-key" };
  const server = await stepwellServer("start", ["--host", "127.0.0.1"], { env: keys });
  const at = { STEPWELL_SERVER_URL: server.url };
  expect(await stepwell(["runs", "list"], { env: at })).toMatchObject({ code: 4, stderr: expect.stringMatching(/--api-key/) });
  expect(await stepwell(["runs", "list", "--api-key", "00aa"], { env: at })).toMatchObject({ code: 4 });
  expect(await stepwell(["runs", "list"], { env: { ...at, ...keys } })).toMatchObject({ code: 0 });
  expect(await stepwell(["send", "a/b"], { env: at })).toMatchObject({ code: 4, stdout: "" });
  const wrong = await stepwell(["send", "a/b", "--event-key", "wrong"], { env: at });
  expect(wrong).toMatchObject({ code: 4, stdout: "", stderr: expect.stringMatching(/event key.*\n.*--event-key/i) });
  expect(wrong.stderr).not.toContain("--api-key");
  const blind = await stepwell(["send", "a/b", "--event-key", "event-key"], { env: at });
  expect(blind).toMatchObject({ code: 0, stdout: expect.stringMatching(/^✓ sent \w{26}\n$/) });
  expect(blind.stderr).toContain("what it starts cannot be shown");
});

test("a key is not sent over plain HTTP to another machine", async () => {
  const away = ["--server", "http://stepwell.example"];
  expect(await stepwell(["runs", "list", ...away, "--api-key", "k"])).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/unencrypted/),
  });
  expect(await stepwell(["send", "a/b", ...away, "--event-key", "k"])).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/unencrypted/),
  });
});

test("runs rerun repeats a run from its beginning or from a step, and says what is wrong", async () => {
  const { run, start } = await setup();
  const id = await start("tiny/done", "completed");
  const again = await run("runs", "rerun", id, "--name", "once more", "--wait");
  expect(again).toMatchObject({ code: 0, stdout: '{"total":129.9}\n' });
  const { runId } = JSON.parse((await run("runs", "rerun", id.slice(0, -2), "--json")).stdout);
  expect(JSON.parse((await run("runs", "show", runId, "--json")).stdout)).toMatchObject({ lineage: { rerunOf: id } });
  const asleep = await start("tiny/sleeps", "waiting");
  const further = await run("runs", "rerun", asleep, "--from", "nap", "--json");
  expect(JSON.parse(further.stdout)).toEqual({ runId: expect.stringMatching(/^[0-9A-Z]{26}$/) });
  expect(await run("runs", "rerun", asleep, "--from", "nope")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('no step "nope"'),
  });
  expect(await run("runs", "rerun", asleep, "--from", "nap", "--input", "[1]")).toMatchObject({
    stderr: expect.stringContaining("takes no arguments"),
  });
  for (const wrong of [["--input", "[1]"], ["--from", "nap", "--input", "{}"], ["--from", "nap", "--override", "nap"], ["another"]])
    expect(await run("runs", "rerun", asleep, ...wrong)).toMatchObject({ code: 2 });
});
