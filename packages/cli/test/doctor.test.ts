import { chmodSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { stepwell, stepwellServer, temporaryFolder } from "./stepwell-process.ts";
import { type TinyReply, tinyApp } from "./tiny-app.ts";

const keys = { STEPWELL_SIGNING_KEY: "00ff", STEPWELL_EVENT_KEY: "k" };
const local = ["--host", "127.0.0.1"];

interface Findings {
  readonly problems: number;
  readonly findings: readonly { readonly check: string; readonly about?: string; readonly status: string; readonly text: string }[];
}

/** What doctor says, as a program reads it. */
async function doctor(args: readonly string[], env: Readonly<Record<string, string>>, cwd = temporaryFolder()) {
  const { code, stdout, stderr } = await stepwell(["doctor", "--json", ...args], { env: { HOME: cwd, ...env }, cwd });
  expect(stderr).toBe("");
  const { findings, problems } = (JSON.parse(stdout) as { readonly data: Findings }).data;
  return {
    code,
    problems,
    findings,
    statusOf: (check: string) => findings.filter((each) => each.check === check).map(({ status }) => status),
  };
}

test("AC-CLI-12: --check server -q says nothing, and its exit code says whether the server is up", async () => {
  const server = await stepwellServer("start", local, { env: keys });
  const look = (url: string) => stepwell(["doctor", "--check", "server", "-q", "--server", url]);
  expect(await look(server.url)).toEqual({ code: 0, stdout: "", stderr: "" });
  server.kill("SIGTERM");
  await server.ended;
  expect(await look(server.url)).toEqual({ code: 9, stdout: "", stderr: "" });
});

test("a server that is well has no problem; without its key only what can be seen is judged", async () => {
  let url = "";
  const app = await tinyApp({ server: () => url, headers: { authorization: "Bearer 00ff" } });
  const server = await stepwellServer("start", local, { env: keys });
  url = server.url;
  const headers = { authorization: "Bearer 00ff" };
  await fetch(`${url}/api/v1/apps/sync`, { method: "POST", headers, body: JSON.stringify({ url: app.url }) });
  const well = await doctor([], { STEPWELL_SERVER_URL: url, STEPWELL_API_KEY: "00ff" });
  expect(well).toMatchObject({ code: 0, problems: 0 });
  expect(new Set(well.findings.map(({ check }) => check))).toEqual(
    new Set(["server", "version", "node", "database", "disk", "clock", "keys", "apps", "options"]),
  );
  const database = well.findings.find(({ check }) => check === "database");
  expect(database?.text).toContain(`process ${server.pid}`);
  const blind = await doctor([], { STEPWELL_SERVER_URL: url, STEPWELL_API_KEY: "11ff" });
  expect(blind).toMatchObject({ code: 9, problems: 1 });
  expect([blind.statusOf("keys"), blind.statusOf("apps"), blind.statusOf("server")]).toEqual([["problem"], ["skipped"], ["ok"]]);
});

test("apps that are down, and options that have no effect, are named", async () => {
  const server = await stepwellServer("dev", ["--no-discovery"]);
  const functions = [
    {
      id: "gone-f",
      name: "f",
      triggers: [{ event: "a" }],
      steps: {
        step: { id: "step", name: "step", runtime: { type: "http", url: "http://localhost:1/api/inngest?fnId=gone-f&stepId=step" } },
      },
    },
  ];
  const body = JSON.stringify({ appName: "gone", url: "http://localhost:1/api/inngest", sdk: "js:v4.0.0", functions });
  expect((await fetch(`${server.url}/fn/register`, { method: "POST", body })).status).toBe(200);
  const { code, findings } = await doctor([], { STEPWELL_SERVER_URL: server.url, STEPWELL_SIGNIN_KEY: "x" });
  expect(code).toBe(9);
  expect(findings.filter(({ status }) => status !== "ok")).toMatchObject([
    { check: "apps", about: "gone", status: "problem", text: expect.stringContaining("nothing listens") },
    { check: "options", status: "warning", text: expect.stringContaining("STEPWELL_SIGNIN_KEY") },
  ]);
});

test("without a server the databases here are looked at, and a check that could not be made does not pass", async () => {
  const server = await stepwellServer("start", local, { env: keys });
  const env = { STEPWELL_SERVER_URL: "http://localhost:1" };
  const inUse = await doctor([], env, server.folder);
  expect(inUse.findings.find(({ check }) => check === "database")).toMatchObject({
    status: "warning",
    text: expect.stringContaining(`process ${server.pid} has it open`),
  });
  server.kill("SIGTERM");
  await server.ended;
  const free = await doctor([], env, server.folder);
  expect(free.findings.find(({ check }) => check === "database")).toMatchObject({ status: "ok", text: expect.stringContaining("whole") });
  expect(await doctor(["--check", "apps"], env)).toMatchObject({ code: 9, problems: 1 });
});

test("--fix puts right what loses nothing, says each repair in a line, and answers how things are then", async () => {
  const server = await stepwellServer("start", local, { env: keys });
  server.kill("SIGTERM");
  await server.ended;
  const file = join(server.folder, ".stepwell/main.db");
  const env = { STEPWELL_SERVER_URL: "http://localhost:1", HOME: server.folder };
  const fix = (...args: readonly string[]) => stepwell(["doctor", "--check", "database", "--fix", ...args], { env, cwd: server.folder });
  chmodSync(file, 0o640);
  writeFileSync(`${file}.lock`, "garbage ".repeat(400));
  chmodSync(join(file, ".."), 0o500);
  const refused = await fix();
  expect(refused).toMatchObject({ code: 2, stdout: "", stderr: expect.stringMatching(/it would remove .*main\.db\.lock[\s\S]*--yes/) });
  const fixed = await fix("--yes");
  expect(fixed.stdout.split("\n").slice(0, 3)).toEqual([
    `  ✓ repaired: give its user the right to write ${join(file, "..")}`,
    `  ✓ repaired: remove ${file}.lock, which is damaged and held by nobody`,
    `  ✓ repaired: take the right to read and write ${file} from other users`,
  ]);
  expect(fixed.stdout).toMatch(/✓ database .*not in use, whole/);
  expect([statSync(file).mode & 0o777, statSync(join(file, "..")).mode & 0o777]).toEqual([0o600, 0o700]);
  const again = JSON.parse((await fix("--json")).stdout) as { readonly data: object };
  expect(again.data).toMatchObject({ repairs: [], problems: 0 });
});

test("--fix lets an app register again whose last registration failed; what fails is said, and ends nothing", async () => {
  const server = await stepwellServer("dev", ["--no-discovery", "--no-poll"]);
  const functions: Record<string, TinyReply> = { good: { event: "a/b", status: 200, body: 1 } };
  const app = await tinyApp({ server: () => server.url, functions });
  const sync = async () =>
    (await fetch(`${server.url}/api/v1/apps/sync`, { method: "POST", body: JSON.stringify({ url: app.url }) })).status;
  expect(await sync()).toBe(200);
  functions["bad"] = { event: "a/c", if: "event.data.", status: 200, body: 1 };
  expect(await sync()).toBe(502);
  const fix = async () => {
    const { code, stdout } = await stepwell(["doctor", "--fix", "--yes", "--json", "--server", server.url]);
    return { code, data: (JSON.parse(stdout) as { readonly data: { readonly repairs: readonly unknown[] } }).data };
  };
  expect(await fix()).toMatchObject({ code: 9, data: { repairs: [{ state: "failed", text: expect.stringContaining(app.url) }] } });
  delete functions["bad"];
  expect(await fix()).toMatchObject({ code: 0, data: { repairs: [{ state: "done" }], problems: 0 } });
});

test("--list looks at nothing, and an unknown check is refused with the nearest", async () => {
  expect((await stepwell(["doctor", "--list"])).stdout.trim().split("\n")).toHaveLength(9);
  expect(await stepwell(["doctor", "--check", "kyes"])).toMatchObject({ code: 2, stderr: expect.stringContaining('did you mean "keys"?') });
});
