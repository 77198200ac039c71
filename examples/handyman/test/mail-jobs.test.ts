// Mail over a real mail server: once for each reason, tried as often as was promised, and found again when it did not go.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { codeAt } from "../src/services/oneTimeCode.ts";
import { type Answer, type EdgeWorld, endedRuns, eventually, registerAccount, request, send, startEdgeWorld } from "./edge-world.ts";

let world: EdgeWorld;
beforeAll(async () => {
  world = await startEdgeWorld();
});
afterAll(() => world.close());
beforeEach(() => {
  world.mail.mood = "takes";
});

describe("who registers", () => {
  test("gets one verification mail and one welcome, although two flows send one", async () => {
    const { email, id } = await registerAccount(world.app);
    await eventually(() => world.mail.to(email).length).toBe(2);
    const [welcome] = await endedRuns(world.server, "send-welcome-email-job");
    expect(welcome.output.value).toMatchObject({ userId: id });
    const subjects = world.mail.to(email).map(({ subject }) => subject);
    expect(subjects.toSorted()).toEqual(["Verify your email address", "Welcome to Handyman App, Ada!"]);
  });

  test("verifies the address with the token of the mail, once", async () => {
    const { email } = await registerAccount(world.app);
    const url = `${world.app.url}/api/auth/verify-email?token=${await wordAfter("token=", email, "Verify your email address")}`;
    expect(await request(url)).toMatchObject({ status: 200, body: { user: { verified: true } } });
    expect(await request(url)).toMatchObject({ status: 400, body: { error: expect.stringContaining("token") } });
  });

  test("has an answer at once while the mail server holds every mail", async () => {
    world.mail.mood = "hangs";
    const before = performance.now();
    await registerAccount(world.app);
    // The app would wait 15 seconds for its mail server.
    expect(performance.now() - before).toBeLessThan(14_000);
  });
});

test("a password that is forgotten is set anew with the token of the mail, which opens a locked account too", async () => {
  const { email } = await registerAccount(world.app);
  expect(await request(`${world.app.url}/api/auth/forgot-password`, { email })).toMatchObject({ status: 202 });
  const token = await wordAfter("password: ", email, "Reset your password");
  const reset = { token, password: "battery staple" };
  expect(await request(`${world.app.url}/api/auth/reset-password`, reset)).toMatchObject({ status: 200 });
  expect(await request(`${world.app.url}/api/auth/reset-password`, reset)).toMatchObject({ status: 400 });
  expect(await request(`${world.app.url}/api/auth/login`, { email, password: "battery staple" })).toMatchObject({ status: 200 });
  expect(await request(`${world.app.url}/api/auth/login`, { email, password: "correct horse" })).toMatchObject({ status: 401 });
});

test("an address that nobody has is answered as one that somebody has, and no mail goes", async () => {
  expect(await request(`${world.app.url}/api/auth/forgot-password`, { email: "nobody@example.com" })).toEqual({
    status: 202,
    body: { ok: true },
  });
});

test("who turns two-factor authentication on is told, and needs a code from then on", async () => {
  const { email, password, token } = await registerAccount(world.app);
  const setup = await request(`${world.app.url}/api/auth/2fa/setup`, {}, { token });
  const code = codeAt(setup.body.secret, Date.now());
  expect(await request(`${world.app.url}/api/auth/2fa/enable`, { code: "000000" }, { token })).toMatchObject({ status: 401 });
  expect(await request(`${world.app.url}/api/auth/2fa/enable`, { code }, { token })).toMatchObject({ status: 200 });
  await eventually(() => world.mail.to(email).map(({ subject }) => subject)).toContain("Two-factor authentication is on");
  expect(await request(`${world.app.url}/api/auth/login`, { email, password })).toMatchObject({ status: 401 });
  expect(await request(`${world.app.url}/api/auth/login`, { email, password, code })).toMatchObject({ status: 200 });
});

const person = { userId: "user123", email: "tries@example.com", firstName: "Test" };
const jobs: readonly (readonly [job: string, attempts: number, name: string, data: Readonly<Record<string, unknown>>])[] = [
  ["send-verification-email-job", 3, "auth/email.verification.requested", { token: "t" }],
  ["send-welcome-email-job", 2, "auth/user.registered", { role: "customer" }],
  ["send-password-reset-job", 3, "auth/password.reset.requested", { token: "t" }],
  ["send-2fa-enabled-job", 2, "auth/2fa.enabled", {}],
  ["send-account-locked-job", 2, "auth/account.locked", { failedAttempts: 10, lockedAt: "2026-01-01T00:00:00.000Z" }],
];

describe("while the mail server refuses", () => {
  test.for(jobs)(
    "%s is tried %i times, is a dead letter, and goes when it is redriven",
    async ([job, attempts, name, data], { expect }) => {
      world.mail.mood = "refuses";
      const userId = `${person.userId}-${job}`;
      const email = `${job}@example.com`;
      await send(world.server, { name, data: { ...person, userId, email, ...data } });
      const run = await runFor(job, email);
      expect(run).toMatchObject({ status: "failed", error: { message: expect.stringContaining("try again later") } });
      expect(world.mail.triesTo(email)).toBe(attempts);

      const group = await deadLetter(job);
      expect(group).toMatchObject({ state: "open" });
      world.mail.mood = "takes";
      expect(await request(`${world.server.url}/api/v1/runs/${run.id}/redrive`, {})).toMatchObject({ status: 200 });
      await eventually(() => world.mail.to(email).length).toBe(1);
    },
  );
});

test("the mail of a flow that was run twice for one user is sent once", async () => {
  const data = { ...person, userId: "twice", email: "twice@example.com", role: "customer" };
  await send(world.server, { name: "auth/user.registered", data }, { name: "user/onboarding.started", data });
  await send(world.server, { name: "auth/user.registered", data });
  await eventually(async () => (await runsFor("send-welcome-email-job", "twice@example.com")).length).toBe(2);
  for (const { output } of await runsFor("send-welcome-email-job", "twice@example.com"))
    expect(output.value).toMatchObject({ userId: "twice", mail: { sent: expect.any(Boolean) } });
  expect(world.mail.to("twice@example.com")).toHaveLength(1);
});

/** The word that follows a text in the newest mail of a subject. */
async function wordAfter(text: string, address: string, subject: string): Promise<string> {
  const find = (): string | undefined => world.mail.to(address).findLast((mail) => mail.subject === subject)?.text;
  await eventually(find).toBeDefined();
  return find()?.split(text)[1]?.split(/\s/)[0] ?? "";
}

async function runsFor(job: string, email: string): Promise<readonly Answer[]> {
  return (await endedRuns(world.server, job, 0)).filter(({ input, endedAt }) => endedAt !== null && input.value.data.email === email);
}

async function runFor(job: string, email: string): Promise<Answer> {
  await eventually(async () => (await runsFor(job, email)).length).toBe(1);
  return (await runsFor(job, email))[0];
}

async function deadLetter(job: string): Promise<Answer> {
  const { body } = await request(`${world.server.url}/api/v1/failures?fn=handyman-app-${job}`);
  expect(body.data).toHaveLength(1);
  return body.data[0];
}
