// The app with keys, as it is deployed: it makes itself known, and it is called by its server and by nobody else.

import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type RunningServer, startServer } from "@stepwell/cli";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { type AppProcess, buildApp, freePort, startApp } from "./app-process.ts";
import { eventually, request } from "./edge-world.ts";
import { type MailServer, startMailServer } from "./mail-server.ts";

const eventKey = "the-event-key-of-the-test";
const signingKey = `signkey-prod-${"ab".repeat(32)}`;
const data = mkdtempSync(join(tmpdir(), "handyman-production-"));
const env = { NODE_ENV: "production", INNGEST_EVENT_KEY: eventKey, INNGEST_SIGNING_KEY: signingKey, HANDYMAN_DB: join(data, "app.db") };

let server: RunningServer;
let mail: MailServer;
let app: AppProcess;

beforeAll(async () => {
  mail = await startMailServer();
  server = await startServer({
    mode: "start",
    hosts: ["127.0.0.1"],
    port: 0,
    file: join(data, "server.db"),
    eventKeys: [eventKey],
    signingKeys: [signingKey],
    allowHosts: [],
    appUrls: [],
    discovers: false,
    discoverPorts: [],
    pollMs: 0,
    engine: {},
  });
  const port = String(await freePort());
  app = await startApp(buildApp(), {
    ...env,
    PORT: port,
    INNGEST_BASE_URL: server.url,
    INNGEST_SERVE_ORIGIN: `http://127.0.0.1:${port}`,
    SMTP_URL: mail.url,
  });
});
afterAll(async () => {
  await app.stop();
  await server.stop(1_000);
  await mail.close();
  rmSync(data, { recursive: true, force: true });
});

test("it registers itself at its start, and a user who registers gets mail", async () => {
  const functions = async () => (await request(`${server.url}/api/v1/functions`, undefined, { token: signingKey })).body.data;
  await eventually(async () => (await functions()).length).toBe(17);
  const account = { email: "ada@example.com", password: "long enough", firstName: "Ada" };
  expect(await request(`${app.url}/api/auth/register`, account)).toMatchObject({ status: 201 });
  await eventually(() => mail.to("ada@example.com").length).toBe(2);
});

test("with keys it is called, and nobody without them", async () => {
  const call = `${app.url}/api/inngest?fnId=handyman-app-system-health-flow&stepId=step`;
  expect((await request(call, { event: {}, events: [{}], steps: {}, ctx: {} })).status).toBe(401);
  const event = { name: "system/cleanup.expired.tokens", data: {} };
  expect(await request(`${app.url}/api/inngest`, event)).toMatchObject({
    status: 401,
    body: { message: expect.stringContaining("Bearer") },
  });
  expect(await request(`${app.url}/api/inngest`, event, { token: "another" })).toMatchObject({ status: 401 });
  expect(await request(`${app.url}/api/inngest`, event, { token: eventKey })).toMatchObject({ status: 200 });
  expect((await request(`${server.url}/api/v1/runs`)).status).toBe(401);
});

test("what stands in .env beside the package is read", async () => {
  const built = buildApp();
  const folder = join(dirname(built), `env-${process.pid}`);
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(built, join(folder, "dist"), { recursive: true });
  writeFileSync(join(folder, ".env"), "INNGEST_APP_ID=from-the-file\nRESEND_API_KEY=re_file\nINNGEST_EVENT_KEY=of-the-file\n");
  const other = await startApp(join(folder, "dist"), {
    NODE_ENV: "development",
    INNGEST_DEV: server.url,
    HANDYMAN_DB: join(data, "env.db"),
  });
  onTestFinished(async () => void (await other.stop()));
  const { body } = await request(`${other.url}/api/inngest`);
  expect(body).toMatchObject({ function_count: 17, has_event_key: true });
});

describe("it does not start in production", () => {
  test.for([
    ["without a signing key", { INNGEST_SIGNING_KEY: "", SMTP_URL: "smtp://localhost:1" }, "INNGEST_SIGNING_KEY"],
    ["without the address of its server", { SMTP_URL: "smtp://localhost:1" }, "INNGEST_BASE_URL"],
    ["without a way out for mail", { INNGEST_BASE_URL: "http://localhost:1" }, "RESEND_API_KEY"],
  ] as const)("%s, and says so", async ([, without, name]) => {
    await expect(startApp(buildApp(), { ...env, ...without })).rejects.toThrow(name);
  });
});
