// What happens to accounts by and by, in virtual time.

import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { createUser, flowEngine, functions, mail, stores, subjectsTo, type User } from "./flow-app.ts";

const day = 86_400_000;
afterAll(() => mail.close());
beforeEach(() => {
  mail.mood = "takes";
  stores.database.exec("delete from users; delete from logins; delete from mails; delete from tokens");
});

describe("user-onboarding-flow", () => {
  function onboarding(user: User) {
    const { email, role } = user;
    return { name: "user/onboarding.started", data: { userId: user._id.toString(), email, firstName: "Ada", role } };
  }

  test("welcomes at once, reminds of the profile after 24 hours, and has tips three days later", async () => {
    await using t = await flowEngine(functions.userOnboardingFlow);
    const user = createUser("handyman");
    await t.send(onboarding(user));
    expect(subjectsTo(user)).toEqual(["Welcome to Handyman App, Ada!"]);

    await t.advance("23h");
    expect(subjectsTo(user)).toHaveLength(1);
    await t.advance("1h");
    expect(subjectsTo(user).slice(1)).toEqual(["Your profile is not complete yet"]);
    const missing = ["lastName", "phone", "address", "skills", "location"];
    await t.assert.sent("user/profile.incomplete", { userId: user._id.toString(), missing }, { times: 1 });

    await t.advance("71h");
    expect(subjectsTo(user)).toHaveLength(2);
    await t.advance("1h");
    expect(subjectsTo(user).slice(2)).toEqual(["Tips for handymen"]);
    const { status, steps } = await t.run(functions.userOnboardingFlow);
    expect(status).toBe("completed");
    expect(steps.map(({ name }) => name)).toEqual([
      ...["send-welcome-email", "wait-for-profile", "check-profile-completion", "send-profile-reminder", "tell-profile-incomplete"],
      ...["wait-for-first-days", "send-role-specific-tips"],
    ]);
  });

  test("does not remind who has completed the profile meanwhile", async () => {
    await using t = await flowEngine(functions.userOnboardingFlow);
    const user = createUser();
    await t.send(onboarding(user));
    stores.updateProfile(user, { lastName: "Low", phone: "030 123", address: "Unter den Linden 1" });
    await t.advance("24h");
    await t.advance("3d");
    expect(subjectsTo(user)).toEqual(["Welcome to Handyman App, Ada!", "Tips for customers"]);
    expect(await t.run(functions.userOnboardingFlow)).toMatchObject({ status: "completed", output: { missing: [] } });
    await t.assert.notSent("user/profile.incomplete");
  });

  test("of two flows that welcome, started together, one does", async () => {
    await using t = await flowEngine(functions.userOnboardingFlow, functions.sendWelcomeEmailJob);
    const user = createUser();
    const { data } = onboarding(user);
    await Promise.all([t.send(onboarding(user)), t.send({ name: "auth/user.registered", data })]);
    expect(subjectsTo(user)).toEqual(["Welcome to Handyman App, Ada!"]);
    await t.advance("24h");
    await t.advance("3d");
    const { output: job } = await t.run(functions.sendWelcomeEmailJob);
    const { output: flow } = await t.run(functions.userOnboardingFlow);
    const outcomes = [job, flow].map((output) => JSON.stringify(output).match(/"(?:mail|welcome)":{"sent":(\w+)/)?.[1]);
    expect(outcomes.toSorted()).toEqual(["false", "true"]);
  });
});

test("mail that is refused is tried again after ten seconds, then after twenty, each with up to half of that on top", async () => {
  await using t = await flowEngine(functions.sendVerificationEmailJob);
  mail.mood = "refuses";
  const data = { userId: "user123", email: "busy@example.com", firstName: "Ada", token: "t" };
  await t.send({ name: "auth/email.verification.requested", data });
  for (const [duration, tries] of [
    ["9s", 1],
    ["6s", 2],
    ["14s", 2],
    ["16s", 3],
  ] as const) {
    await t.advance(duration);
    expect(mail.triesTo(data.email)).toBe(tries);
  }
  await t.assert.failed(functions.sendVerificationEmailJob, { message: /try again later/ });
});

describe("account-recovery-flow, Mondays at nine", () => {
  test("writes to who was away for 30 days, not for 29, and once", async () => {
    await using t = await flowEngine(functions.accountRecoveryFlow);
    await t.nextCron(functions.accountRecoveryFlow);
    const monday = t.now.getTime();
    expect(new Date(monday).toISOString()).toMatch(/T09:00:00\.000Z$/);
    expect(new Date(monday).getUTCDay()).toBe(1);
    const [away, almost] = [createUser(), createUser()];
    const next = monday + 7 * day;
    setLastActive(away, next - 30 * day);
    setLastActive(almost, next - 30 * day + 1);
    await t.nextCron(functions.accountRecoveryFlow);
    expect(subjectsTo(away)).toEqual(["We miss you"]);
    expect(mail.to(away.email)[0]?.text).toContain("30 days ago");
    expect(subjectsTo(almost)).toEqual([]);
    expect((await t.run(functions.accountRecoveryFlow)).output).toEqual({ written: 1 });

    await t.nextCron(functions.accountRecoveryFlow);
    expect(subjectsTo(away)).toHaveLength(1);
    expect(subjectsTo(almost)).toEqual(["We miss you"]);
  });
});

describe("security-monitoring-flow, every six hours", () => {
  test("locks after ten failed logins, not after nine, and tells the owner once", async () => {
    await using t = await flowEngine(functions.securityMonitoringFlow, functions.sendAccountLockedJob);
    const [ten, nine] = [createUser(), createUser()];
    for (let login = 0; login < 10; login += 1) stores.recordLogin(ten._id.toString(), false);
    for (let login = 0; login < 9; login += 1) stores.recordLogin(nine._id.toString(), false);
    await t.nextCron(functions.securityMonitoringFlow);
    const at = t.now;
    expect(at.getUTCHours() % 6).toBe(0);
    expect(at.toISOString()).toMatch(/:00:00\.000Z$/);
    expect(stores.findUser(ten._id.toString())?.locked).toBe(true);
    expect(stores.findUser(nine._id.toString())?.locked).toBe(false);
    expect(subjectsTo(ten)).toEqual(["Your account is locked"]);
    expect(mail.to(ten.email)[0]?.text).toContain("10 failed logins");
    await t.assert.sent("auth/account.locked", { userId: ten._id.toString(), failedAttempts: 10 }, { times: 1 });

    await t.nextCron(functions.securityMonitoringFlow);
    expect(subjectsTo(ten)).toHaveLength(1);
    expect((await t.run(functions.securityMonitoringFlow)).output).toEqual({ locked: [] });
  });

  test("counts from the last login that went well, and from an unlocking", async () => {
    await using t = await flowEngine(functions.securityMonitoringFlow);
    const [back, unlocked] = [createUser(), createUser()];
    for (const user of [back, unlocked]) for (let login = 0; login < 10; login += 1) stores.recordLogin(user._id.toString(), false);
    stores.recordLogin(back._id.toString(), true);
    stores.unlock(unlocked._id.toString());
    await t.nextCron(functions.securityMonitoringFlow);
    expect((await t.run(functions.securityMonitoringFlow)).output).toEqual({ locked: [] });
  });
});

describe("cleanup-expired-tokens", () => {
  function createTokens(expiresAt: number): void {
    const user = createUser();
    for (const kind of ["verification", "password_reset", "refresh", "session"] as const) stores.createToken(kind, user._id.toString());
    stores.change("update tokens set expires_at = ? where user_id = ?", expiresAt, user._id.toString());
  }

  test("at two in the morning deletes what has expired, of every kind, and nothing else", async () => {
    await using t = await flowEngine(functions.cleanupExpiredTokens);
    await t.nextCron(functions.cleanupExpiredTokens);
    const at = t.now.getTime();
    expect(new Date(at).toISOString()).toMatch(/T02:00:00\.000Z$/);
    createTokens(at + day);
    createTokens(at + day + 1);
    await t.nextCron(functions.cleanupExpiredTokens);
    expect((await t.run(functions.cleanupExpiredTokens)).output).toEqual({ verification: 1, passwordReset: 1, refresh: 1, sessions: 1 });
    expect(stores.count("select count(*) from tokens")).toBe(4);
  });

  test("does the same for its event", async () => {
    await using t = await flowEngine(functions.cleanupExpiredTokens);
    createTokens(t.now.getTime() - 1);
    await t.send({ name: "system/cleanup.expired.tokens", data: { requestedBy: "a test" } });
    expect((await t.run(functions.cleanupExpiredTokens)).output).toMatchObject({ verification: 1, sessions: 1 });
  });
});

function setLastActive(user: User, at: number): void {
  stores.change("update users set last_active_at = ? where id = ?", at, user._id.toString());
}
