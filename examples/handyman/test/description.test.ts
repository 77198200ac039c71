// What the description says that there is, and the commands that it gives.

import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Answer, type EdgeWorld, endedRuns, eventually, registerAccount, request, send, startEdgeWorld } from "./edge-world.ts";
import { readCollection, runCollection } from "./postman-runner.ts";

const folder = fileURLToPath(new URL("..", import.meta.url));
const readme = readFileSync(join(folder, "README.md"), "utf8");

let world: EdgeWorld;
beforeAll(async () => {
  world = await startEdgeWorld({ env: { INNGEST_APP_ID: "handyman-app" } });
});
afterAll(() => world.close());

const mailJobs = [
  ["send-verification-email-job", "auth/email.verification.requested", 3],
  ["send-welcome-email-job", "auth/user.registered", 2],
  ["send-password-reset-job", "auth/password.reset.requested", 3],
  ["send-2fa-enabled-job", "auth/2fa.enabled", 2],
  ["send-account-locked-job", "auth/account.locked", 2],
] as const;
const flows = [
  ["user-onboarding-flow", "user/onboarding.started"],
  ["job-matching-flow", "customer/job.posted"],
  ["job-completion-flow", "handyman/job.completed"],
  ["handyman-availability-flow", "handyman/availability.changed"],
] as const;
const schedules = [
  ["cleanup-expired-tokens", "0 2 * * *", "system/cleanup.expired.tokens"],
  ["account-recovery-flow", "0 9 * * 1"],
  ["security-monitoring-flow", "0 */6 * * *"],
  ["handyman-performance-flow", "0 0 * * 1"],
  ["daily-analytics-flow", "0 1 * * *", "system/analytics.daily"],
  ["weekly-maintenance-flow", "0 3 * * 0", "system/maintenance.weekly"],
  ["monthly-analytics-flow", "0 2 1 * *"],
  ["system-health-flow", "*/15 * * * *"],
] as const;
/** Heard by nobody in the app: there for what may be built on them. */
const sentOnly = ["user/profile.incomplete", "handyman/job.matched", "customer/job.completed"];

describe("the server knows", () => {
  let known: readonly Answer[];
  beforeAll(async () => {
    known = (await request(`${world.server.url}/api/v1/functions`)).body.data;
  });
  const find = (id: string): Answer => known.find(({ slug }) => slug === `handyman-app-${id}`);

  test("the app by INNGEST_APP_ID, and its seventeen functions", async () => {
    const { body } = await request(`${world.server.url}/api/v1/apps`);
    expect(body.data.map(({ id }: Answer) => id)).toEqual(["handyman-app"]);
    const ids = [...mailJobs, ...flows, ...schedules].map(([id]) => `handyman-app-${id}`);
    expect(known.map(({ slug }) => slug).toSorted()).toEqual(ids.toSorted());
  });

  test.for(mailJobs)("%s, started by %s, with %i attempts", ([id, event, attempts]) => {
    expect(find(id)).toMatchObject({ triggers: [{ event }], retries: attempts - 1 });
  });

  test.for(flows)("%s, started by %s", ([id, event]) => {
    expect(find(id)).toMatchObject({ triggers: [{ event }] });
  });

  test.for(schedules)("%s, by the schedule %s", ([id, cron, event]) => {
    expect(find(id).triggers).toEqual([{ cron }, ...(event === undefined ? [] : [{ event }])].map((each) => expect.objectContaining(each)));
  });
});

test("of the fifteen events each is sent by the app or heard by it", async () => {
  const { eventSchemas } = await import("../src/config/inngest.ts");
  const heard = [
    ...mailJobs.map(([, event]) => event),
    ...flows.map(([, event]) => event),
    ...schedules.flatMap(([, , event]) => event ?? []),
  ];
  const source = readdirSync(join(folder, "src"), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .map((path) => readFileSync(join(folder, "src", path), "utf8"))
    .join("\n");
  const isSent = (event: string): boolean => source.includes(`name: "${event}"`);
  expect(Object.keys(eventSchemas)).toHaveLength(15);
  expect(Object.keys(eventSchemas).toSorted()).toEqual([...heard, ...sentOnly].toSorted());
  expect(sentOnly.filter((event) => !isSent(event))).toEqual([]);
  // What is heard is sent as well, but for the three that people send.
  expect(heard.filter((event) => !isSent(event))).toEqual([
    "system/cleanup.expired.tokens",
    "system/analytics.daily",
    "system/maintenance.weekly",
  ]);
});

test("the collection of Postman runs from top to bottom, and its mails arrive", async () => {
  const collection = readCollection(new URL("../postman/handyman-app.postman_collection.json", import.meta.url));
  expect(collection.info.name).toBe("Handyman App");
  const customerEmail = `customer-${process.pid}@example.com`;
  const outcomes = await runCollection(collection, {
    baseUrl: world.app.url,
    customerEmail,
    handymanEmail: `handyman-${process.pid}@example.com`,
  });
  expect(outcomes.filter(({ error }) => error !== undefined)).toEqual([]);
  expect(outcomes.length).toBeGreaterThanOrEqual(24);
  const subjects = (): readonly string[] => world.mail.to(customerEmail).map(({ subject }) => subject);
  await eventually(subjects).toContain("Verify your email address");
  await eventually(subjects).toContain("Welcome to Handyman App, Ada!");
});

describe("the command of the description", () => {
  const command = /^curl -X POST http:\/\/localhost:3006\/api\/inngest \\\n(?:.*\n)*?^ {2}\}'$/m.exec(readme)?.[0] ?? "";

  test.skipIf(process.platform === "win32")("sends its event as it is written", async () => {
    expect(command).toContain('"userId": "user123"');
    const { stdout } = await promisify(execFile)("sh", ["-c", command.replace("localhost:3006", `127.0.0.1:${world.app.port}`)]);
    expect(JSON.parse(stdout)).toMatchObject({ ids: [expect.any(String)] });
    await eventually(() => world.mail.to("test@example.com").map(({ subject }) => subject)).toEqual(["Welcome to Handyman App, Test!"]);
  });
});

describe("an event with other data than was promised", () => {
  const event = { name: "auth/user.registered", data: { userId: "user123", email: "no address", firstName: "Test", role: "customer" } };

  test("is refused where it comes in, with the place that is wrong", async () => {
    expect(await request(`${world.app.url}/api/inngest`, event)).toEqual({
      status: 400,
      body: { code: expect.any(String), message: expect.stringContaining("email"), advice: expect.any(String) },
    });
  });

  test("fails its run at once when it comes past the app", async () => {
    await send(world.server, event);
    await eventually(async () => (await endedRuns(world.server, "send-welcome-email-job", 0)).map(({ status }) => status)).toContain(
      "failed",
    );
    const failed = (await endedRuns(world.server, "send-welcome-email-job")).find(({ status }) => status === "failed");
    expect(failed.error.message).toContain("email");
    expect(world.mail.received.filter(({ to }) => to === "no address")).toEqual([]);
  });
});

test("each test that the README names is there", () => {
  const lines = readdirSync(join(folder, "test"))
    .filter((path) => path.endsWith(".test.ts"))
    .flatMap((path) => readFileSync(join(folder, "test", path), "utf8").split("\n"));
  // The last column of the tables; where a text is cut it has three dots.
  const shown = readme.split("\n").flatMap((line) => (line.startsWith("| ") ? [line.split(" | ").at(-1) ?? ""] : []));
  const named = shown.flatMap((cell) => [...cell.matchAll(/"([^"]+)"/g)].map(([, name = ""]) => name));
  const isThere = (name: string): boolean => lines.some((line) => name.split("…").every((part) => line.includes(part.trim())));
  expect(named.length).toBeGreaterThan(30);
  expect(named.filter((name) => !isThere(name))).toEqual([]);
});

test("each workflow logs its progress: the daily report is printed as the description has it", async () => {
  await request(`${world.app.url}/api/inngest`, { name: "system/analytics.daily", data: { day: "2026-01-30" } });
  const printed = `Daily Report Generated: ${JSON.stringify({ day: "2026-01-30", newUsers: 0 }, null, 2).slice(0, -2)}`;
  const times = (): number => world.app.output().split(printed).length - 1;
  await eventually(times).toBe(1);
  await endedRuns(world.server, "daily-analytics-flow", 2);
  expect(times()).toBe(1);
});

test("a registration through the app starts its two flows and its verification", async () => {
  const { email } = await registerAccount(world.app);
  for (const fn of ["send-verification-email-job", "send-welcome-email-job"]) {
    const runs = await endedRuns(world.server, fn);
    expect(runs.map(({ input }) => input.value.data.email)).toContain(email);
  }
});
