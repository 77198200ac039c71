import { existsSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createTcpServer } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { discoveryPorts } from "@stepwell/server";
import { expect, onTestFinished, test } from "vitest";
import { stepwell, stepwellServer, temporaryFolder } from "./stepwell-process.ts";
import { tinyApp } from "./tiny-app.ts";

const quiet = ["--no-discovery"];

/** Somebody who is not Stepwell. */
async function foreignServer(): Promise<number> {
  const server = createServer((_, response) => response.end("<html>")).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

test("dev makes its database in the folder it is started in, answers, and ends cleanly on Ctrl-C", async () => {
  const server = await stepwellServer("dev", quiet);
  expect((await fetch(`${server.url}/health`)).status).toBe(200);
  expect(existsSync(join(server.folder, ".stepwell/dev.db"))).toBe(true);
  server.kill("SIGINT");
  expect(await server.ended).toMatchObject({ code: 0, stderr: "" });
});

test("--memory leaves nothing behind", async () => {
  const server = await stepwellServer("dev", [...quiet, "--memory"]);
  const data = String((await server.line("server.ready"))["data"]);
  expect(existsSync(data)).toBe(true);
  server.kill("SIGINT");
  await server.ended;
  expect(existsSync(data)).toBe(false);
  expect(existsSync(join(server.folder, ".stepwell"))).toBe(false);
});

test("AC-CLI-02: without discovery nothing is asked on any port", async () => {
  // Not one of the usual ports: other servers of this machine look there too.
  const [asked, spared] = [await touchedPort(), await touchedPort()];
  await stepwellServer("dev", ["--discover-ports", String(asked.port)]);
  await stepwellServer("dev", [...quiet, "--discover-ports", String(spared.port)]);
  await expect.poll(() => asked.count).toBeGreaterThan(0);
  await pause(1_500); // The first look is at the start and the next after two seconds; only time shows that none comes.
  expect(spared.count).toBe(0);
});

test("with discovery an app on a usual port is found by itself", async () => {
  const port = await freePort();
  const functions = { hello: { event: "tiny/hello", status: 200, body: "hi" } };
  const app = await onDiscoveryPort((appPort) => tinyApp({ port: appPort, server: () => `http://localhost:${port}`, functions }));
  const server = await stepwellServer("dev", ["--port", String(port)]);
  expect(await server.line("app.synced")).toMatchObject({ appName: "tiny", url: app.url });
});

/** A listener that counts who connects. */
async function touchedPort(): Promise<{ readonly port: number; readonly count: number }> {
  const touched = { port: 0, count: 0 };
  const server = createTcpServer((socket) => {
    touched.count += 1;
    socket.destroy();
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  touched.port = typeof address === "object" && address !== null ? address.port : 0;
  return touched;
}

/** Other programs of this machine may have some of the ports. */
async function onDiscoveryPort<Listener>(listen: (port: number) => Promise<Listener>): Promise<Listener> {
  for (const port of [...discoveryPorts].reverse()) {
    try {
      return await listen(port);
    } catch {
      // Taken: the next one.
    }
  }
  throw new Error("every port of discovery is taken");
}

test("AC-CLI-03: a port that another program holds is exit code 5, with the port on stderr and nothing on stdout", async () => {
  const port = await foreignServer();
  const result = await stepwell(["dev", ...quiet, "--port", String(port)]);
  expect(result).toMatchObject({ code: 5, stdout: "" });
  expect(result.stderr).toContain(`error: port ${port} is taken: another program listens there`);
});

test("a second dev in the same folder says that the first is running and where", async () => {
  const first = await stepwellServer("dev", quiet);
  const again = await stepwell(["dev", ...quiet, "--port", String(first.port)], { cwd: first.folder });
  expect(again).toMatchObject({ code: 5, stdout: "" });
  expect(again.stderr).toMatch(new RegExp(`already running there \\(pid ${first.pid}\\): http://localhost:${first.port}`));
  const elsewhere = await stepwell(["dev", ...quiet, "--port", String(first.port)]);
  expect(elsewhere.stderr).toMatch(
    new RegExp(`port ${first.port} is taken: a Stepwell server is already running there \\(pid ${first.pid}\\)`),
  );
});

test("a production server on the port is recognised without its key", async () => {
  const keys = ["--signing-key", "00ff", "--event-key", "k", "--host", "127.0.0.1"];
  const first = await stepwellServer("start", keys);
  const again = await stepwell(["start", ...keys, "--port", String(first.port)]);
  expect(again).toMatchObject({ code: 5 });
  expect(again.stderr).toContain("a Stepwell server is already running there");
});

test.each([
  ["a flag without its scheme", (app: string) => ({ args: ["-u", app] })],
  ["the other name of the flag", (app: string) => ({ args: ["--app-url", app] })],
  ["the reference's variable", (app: string) => ({ args: [], env: { INNGEST_SDK_URL: app } })],
])("AC-CLI-04: an app named by %s is synced at the start", async (_, settingsOf) => {
  let url = "";
  const app = await tinyApp({ server: () => url, functions: { hello: { event: "tiny/hello", status: 200, body: "hi" } } });
  const { args, env = {} } = settingsOf(`localhost:${app.port}/api/inngest`) as { args: string[]; env?: Record<string, string> };
  const folder = temporaryFolder();
  const port = await freePort();
  url = `http://localhost:${port}`;
  const server = await stepwellServer("dev", [...args, "--port", String(port)], { env, cwd: folder });
  expect(await server.line("app.synced")).toMatchObject({ appName: "tiny", functions: 1 });
});

async function freePort(): Promise<number> {
  const server = createTcpServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

test("an app that is down is said once, with its address", async () => {
  const server = await stepwellServer("dev", ["-u", "localhost:1/api/inngest"]);
  expect(await server.line("app.unreachable")).toMatchObject({ url: "http://localhost:1/api/inngest" });
});

test("start does not ask an address of the link to register, unless it is allowed to", async () => {
  const url = "http://169.254.169.254/api/inngest";
  const server = await stepwellServer("start", [...startArgs, "-u", url]);
  expect(await server.line("app.unreachable")).toMatchObject({ url, message: expect.stringMatching(/--allow-call-to/) });
});

test("start ends with 0 on SIGTERM when nothing is under way", async () => {
  const server = await stepwellServer("start", ["--host", "127.0.0.1"], { env: { STEPWELL_SIGNING_KEY: "00ff", INNGEST_EVENT_KEY: "k" } });
  expect((await fetch(`${server.url}/api/v1/runs`)).status).toBe(401);
  server.kill("SIGTERM");
  expect((await server.ended).code).toBe(0);
});

/** A dev or production server that has one call under way. */
async function serverWithCall(command: "dev" | "start", args: readonly string[], headers: Readonly<Record<string, string>> = {}) {
  const called = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  let url = "";
  const body = async (): Promise<unknown> => {
    called.resolve();
    await released.promise;
    return "done";
  };
  const app = await tinyApp({ server: () => url, headers, functions: { slow: { event: "tiny/slow", status: 200, body } } });
  const server = await stepwellServer(command, args);
  url = server.url;
  const synced = await fetch(`${url}/api/v1/apps/sync`, { method: "POST", headers, body: JSON.stringify({ url: app.url }) });
  if (!synced.ok) throw new Error(await synced.text());
  await fetch(`${url}/e/key`, { method: "POST", body: JSON.stringify({ name: "tiny/slow", data: {} }) });
  await called.promise;
  return { server, release: released.resolve };
}

const startArgs = ["--host", "127.0.0.1", "--signing-key", "00ff", "--event-key", "key"];
const bearer = { authorization: "Bearer 00ff" };

test("a stop lets a call under way come back", async () => {
  const { server, release } = await serverWithCall("start", startArgs, bearer);
  server.kill("SIGTERM");
  release();
  expect(await server.ended).toMatchObject({ code: 0, stdout: expect.stringMatching(/"run\.ended".*"completed"/) });
});

test("start says by its exit code that a call did not come back in time; its run goes on with the next start", async () => {
  const { server } = await serverWithCall("start", [...startArgs, "--grace", "100ms"], bearer);
  server.kill("SIGTERM");
  expect((await server.ended).code).toBe(1);
  const next = await stepwellServer("start", startArgs, { cwd: server.folder });
  expect(await next.line("queue.taken_over")).toMatchObject({ freed: 1 });
});

test("a second Ctrl-C does not wait", async () => {
  const { server } = await serverWithCall("dev", [...quiet, "--grace", "1h"]);
  server.kill("SIGINT");
  await pause(400); // Two signals at once are one press.
  server.kill("SIGINT");
  expect((await server.ended).code).toBe(130);
});

test("a Ctrl-C that npm passes on besides the terminal is one press: the call comes back", async () => {
  const { server, release } = await serverWithCall("dev", [...quiet, "--grace", "1h"]);
  server.kill("SIGINT");
  await pause(20);
  server.kill("SIGINT");
  await pause(100);
  release();
  expect(await server.ended).toMatchObject({ code: 0, stdout: expect.stringMatching(/"run\.ended".*"completed"/) });
});

test("--reset empties the data, but asks first and never takes a database that is open", async () => {
  const server = await stepwellServer("dev", quiet);
  await stepwell(["send", "a/b", "--server", server.url]);
  const open = await stepwell(["dev", ...quiet, "--reset", "--yes", "--port", "0"], { cwd: server.folder });
  expect(open).toMatchObject({ code: 5 });
  expect(open.stderr).toMatch(/in use by process/);
  server.kill("SIGINT");
  await server.ended;
  const unasked = await stepwell(["dev", ...quiet, "--reset", "--port", "0"], { cwd: server.folder });
  expect(unasked).toMatchObject({ code: 2 });
  const kept = await stepwellServer("dev", quiet, { cwd: server.folder });
  expect(await eventCount(kept.url)).toBe(1);
  kept.kill("SIGINT");
  await kept.ended;
  const emptied = await stepwellServer("dev", [...quiet, "--reset", "-y"], { cwd: server.folder });
  expect(await eventCount(emptied.url)).toBe(0);
});

async function eventCount(url: string): Promise<number> {
  const body = (await (await fetch(`${url}/api/v1/events`)).json()) as { readonly data: readonly unknown[] };
  return body.data.length;
}

test("flags without effect are named on stderr, and the server starts all the same", async () => {
  const server = await stepwellServer("dev", [...quiet, "--tick", "150", "--queue-workers", "100", "--persist"]);
  server.kill("SIGINT");
  const { stderr } = await server.ended;
  expect(stderr.trim().split("\n")).toHaveLength(3);
  expect(stderr).toContain("note: --tick has no effect");
});

const appScript = `
import { createServer } from "node:http";
const server = createServer((_, response) => response.end("ok")).listen(0, () => console.log("listening " + server.address().port));
console.log(JSON.stringify({ dev: process.env.STEPWELL_DEV, inngest: process.env.INNGEST_DEV, args: process.argv.slice(2) }));
console.error("oops");
process.on("SIGTERM", () => { console.log("told to stop"); process.exit(0); });
`;

test("dev runs the command behind -- with its address, shows its lines, and ends it with itself", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "app.mjs"), appScript);
  const server = await stepwellServer("dev", [...quiet, "--", process.execPath, "app.mjs", "--help", "a b"], { cwd: folder });
  const lines = (pattern: RegExp) => server.line("app.line", ({ text }) => pattern.test(String(text)));
  const env = JSON.parse(String((await lines(/^\{/))["text"]));
  expect(env).toEqual({ dev: server.url, inngest: server.url, args: ["--help", "a b"] });
  expect(await lines(/oops/)).toMatchObject({ stream: "stderr" });
  const port = /listening (\d+)/.exec(String((await lines(/listening/))["text"]))?.[1];
  expect((await fetch(`http://localhost:${port}`)).status).toBe(200);
  server.kill("SIGINT");
  const { code, stdout } = await server.ended;
  expect(code).toBe(0);
  expect(stdout).toContain("told to stop");
  await expect(fetch(`http://localhost:${port}`)).rejects.toThrow();
});

test("dev ends with the app's exit code when the app ends, and says so; one that cannot be started is an end too", async () => {
  const script = "console.log('bye'); process.exit(7)";
  const ended = await stepwell(["dev", ...quiet, "--port", "0", "--log", "lines", "--", process.execPath, "-e", script]);
  expect(ended).toMatchObject({ code: 7, stderr: expect.stringContaining("the app has ended with exit code 7") });
  expect(ended.stdout).toContain("app │ bye\n");
  const missing = await stepwell(["dev", ...quiet, "--port", "0", "--log", "lines", "--", "no-such-program"]);
  expect(missing).toMatchObject({ code: 127, stdout: expect.stringContaining("app │ spawn no-such-program ENOENT") });
});

test("a line of the app that names a run is in the log of that run", async () => {
  const folder = temporaryFolder();
  const script = "process.stdin.resume(); console.error('run ' + process.env.RUN + ' went wrong')";
  const first = await stepwellServer("dev", quiet, { cwd: folder });
  let url = first.url;
  const app = await tinyApp({ server: () => url, functions: { hello: { event: "tiny/hello", status: 200, body: "hi" } } });
  await fetch(`${url}/api/v1/apps/sync`, { method: "POST", body: JSON.stringify({ url: app.url }) });
  await fetch(`${url}/e/k`, { method: "POST", body: '{"name":"tiny/hello"}' });
  const runs = async () => ((await (await fetch(`${url}/api/v1/runs`)).json()) as { data: { id: string }[] }).data;
  await expect.poll(async () => (await runs()).length, { timeout: 10_000 }).toBe(1);
  const id = (await runs())[0]?.id ?? "";
  first.kill("SIGTERM");
  await first.ended;
  const second = await stepwellServer("dev", [...quiet, "--", process.execPath, "-e", script], { cwd: folder, env: { RUN: id } });
  url = second.url;
  const logs = async () => ((await (await fetch(`${url}/api/v1/runs/${id}/logs`)).json()) as { data: unknown[] }).data;
  await expect.poll(logs, { timeout: 10_000 }).toMatchObject([{ level: "error", text: `run ${id} went wrong`, stepId: null }]);
});

test("start runs no command, and dev needs one behind --", async () => {
  expect(await stepwell(["start", "--", "npm", "start"])).toMatchObject({ code: 2, stdout: "" });
  expect(await stepwell(["dev", "--"])).toMatchObject({ code: 2, stderr: expect.stringContaining("stepwell dev -- npm run dev") });
});
