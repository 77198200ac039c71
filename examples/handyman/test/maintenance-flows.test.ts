// Reports, cleaning and health, in virtual time.

import { createServer } from "node:net";
import { afterAll, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { createHandyman, createUser, flowEngine, functions, mail, place, settings, stores } from "./flow-app.ts";

const day = 86_400_000;
const ops = { email: "ops@example.com" };
afterAll(() => mail.close());
beforeEach(() => {
  for (const table of ["users", "logins", "mails", "tokens", "jobs", "reports", "health"]) stores.change(`delete from ${table}`);
  mail.received.length = 0;
});

const idOf = (thing: { readonly _id: { toString(): string } }): string => thing._id.toString();

function completedJob(priceCents: number, completedAt: number): void {
  const customerId = idOf(createUser());
  const handymanId = idOf(createHandyman());
  const job = stores.createJob({ customerId, title: "A tap drips", skill: "plumbing", place, priceCents });
  stores.assignJob(idOf(job), handymanId);
  stores.completeJob(idOf(job), handymanId, completedAt);
}

describe("daily-analytics-flow", () => {
  test("at one in the morning reports yesterday, from its first to its last millisecond, prints it and sends it to the admins", async () => {
    const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
    onTestFinished(() => log.mockRestore());
    await using t = await flowEngine(functions.dailyAnalyticsFlow);
    await t.nextCron(functions.dailyAnalyticsFlow);
    const at = t.now.getTime();
    expect(new Date(at).toISOString()).toMatch(/T01:00:00\.000Z$/);
    const midnight = at + 23 * 3_600_000;
    const yesterday = [midnight - day, midnight - 1];
    for (const instant of [...yesterday, midnight - day - 1, midnight]) completedJob(1_000, instant);
    stores.change("update users set created_at = ?", midnight);
    const people = stores.all("select id from users").map(({ id }) => String(id));
    for (const [place_, instant] of yesterday.entries()) {
      stores.change("update users set created_at = ? where id = ?", instant, people[place_] ?? "");
      for (const id of people.slice(0, place_ + 1))
        stores.change("insert into logins (user_id, at, succeeded) values (?, ?, 1)", id, instant);
    }
    log.mockClear();
    mail.received.length = 0;
    await t.nextCron(functions.dailyAnalyticsFlow);
    const reportData = {
      day: new Date(midnight - day).toISOString().slice(0, 10),
      newUsers: 2,
      activeUsers: 2,
      completedJobs: 2,
      revenueCents: 2_000,
      userStats: { total: 8, byRole: { customer: 4, handyman: 4 }, verified: 0, archived: 0 },
    };
    expect((await t.run(functions.dailyAnalyticsFlow)).output).toEqual({ ...reportData, sentTo: ["ops@example.com"] });
    expect(log.mock.calls).toEqual([["Daily Report Generated:", JSON.stringify(reportData, null, 2)]]);
    expect(mail.to(ops.email).map(({ subject }) => subject)).toEqual([`Daily report of ${reportData.day}`]);
  });
});

describe("monthly-analytics-flow", () => {
  test("on the first at two reports the month before, how it grew, and what that suggests", async () => {
    await using t = await flowEngine(functions.monthlyAnalyticsFlow);
    await t.nextCron(functions.monthlyAnalyticsFlow);
    const first = t.now.getTime();
    expect(new Date(first).toISOString()).toMatch(/-01T02:00:00\.000Z$/);
    mail.received.length = 0;
    const start = first - 2 * 3_600_000;
    completedJob(4_000, start - 1);
    completedJob(3_000, start);
    stores.change("update users set created_at = ?", start - 1);
    const [id] = stores.all("select id from users").map((row) => String(row["id"]));
    stores.change("update users set created_at = ? where id = ?", start, id ?? "");
    await t.nextCron(functions.monthlyAnalyticsFlow);
    const { status, output, steps } = await t.run(functions.monthlyAnalyticsFlow);
    expect(status).toBe("completed");
    expect(output).toEqual({
      month: new Date(start).toISOString().slice(0, 7),
      ...{ newUsers: 1, activeUsers: 0, completedJobs: 1, revenueCents: 3_000 },
      growth: { totalUsers: 4, newUsersGrowth: -0.667, revenueGrowth: -0.25, engagementRate: 0 },
      recommendations: [
        "Fewer people register than a month ago: look at where they come from.",
        "Less than a quarter of the users logged in: write to those who are away.",
        "Revenue fell: see whether jobs stay without an answer.",
      ],
      sentTo: ["ops@example.com"],
    });
    expect(steps.slice(0, 4).map(({ name }) => name)).toEqual(["measure-month", "measure-month-before", "measure-growth", "recommend"]);
    expect(mail.to(ops.email).map(({ subject }) => subject)).toEqual([`Report of ${new Date(start).toISOString().slice(0, 7)}`]);
  });
});

describe("weekly-maintenance-flow", () => {
  test("on Sundays at three cleans sessions by the clean-up's flow, archives who was away for a year, and optimizes", async () => {
    await using t = await flowEngine(functions.weeklyMaintenanceFlow, functions.cleanupExpiredTokens);
    await t.nextCron(functions.weeklyMaintenanceFlow);
    const sunday = t.now.getTime();
    expect([new Date(sunday).getUTCDay(), new Date(sunday).toISOString().slice(11)]).toEqual([0, "03:00:00.000Z"]);
    const next = sunday + 7 * day;
    const [away, almost, admin] = [createUser(), createUser(), createUser("admin")];
    for (const user of [away, admin]) stores.change("update users set last_active_at = ? where id = ?", next - 365 * day, idOf(user));
    stores.change("update users set last_active_at = ? where id = ?", next - 365 * day + 1, idOf(almost));
    stores.createToken("session", idOf(almost));
    stores.change("update tokens set expires_at = ?", next);
    const login = "insert into logins (user_id, at, succeeded) values ('x', ?, 1)";
    for (const at of [next - 400 * day, next - 400 * day + 1]) stores.change(login, at);
    await t.nextCron(functions.weeklyMaintenanceFlow);
    expect(await t.run(functions.weeklyMaintenanceFlow)).toMatchObject({
      status: "completed",
      output: { cleaned: { sessions: 1 }, archivedUsers: 1, forgotten: { logins: 1 }, database: { bytesAfter: expect.any(Number) } },
    });
    expect([away, almost, admin].map((user) => stores.findUser(idOf(user))?.archived)).toEqual([true, false, false]);
  });
});

describe("system-health-flow, every 15 minutes", () => {
  test("finds what is well, and Redis not configured, and tells nobody", async () => {
    await using t = await flowEngine(functions.systemHealthFlow);
    await t.nextCron(functions.systemHealthFlow);
    const at = t.now.getTime();
    expect(at % (15 * 60_000)).toBe(0);
    expect((await t.run(functions.systemHealthFlow)).output).toEqual({
      findings: [
        { name: "database", status: "ok", detail: "answers" },
        { name: "redis", status: "not configured", detail: "REDIS_URL is not set" },
        { name: "mail", status: "ok", detail: "answers" },
      ],
      alerted: [],
    });
    expect(mail.received).toEqual([]);
  });

  test("tells the admins once that Redis fails, and once that it is well again", async () => {
    const error = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const redis = createServer((socket) => void socket.on("data", () => socket.write("+PONG\r\n")));
    await new Promise<void>((resolve) => redis.listen(0, "127.0.0.1", resolve));
    const address = redis.address();
    const url = `redis://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
    onTestFinished(() => {
      error.mockRestore();
      redis.close();
      Object.assign(settings, { redisUrl: undefined });
    });
    await using t = await flowEngine(functions.systemHealthFlow);
    Object.assign(settings, { redisUrl: "redis://127.0.0.1:1" });
    for (const alerts of [1, 1]) {
      await t.nextCron(functions.systemHealthFlow);
      expect(mail.to(ops.email)).toHaveLength(alerts);
    }
    expect(mail.to(ops.email)[0]?.text).toContain("redis is failing: connect ECONNREFUSED 127.0.0.1:1");
    Object.assign(settings, { redisUrl: url });
    for (const alerts of [2, 2]) {
      await t.nextCron(functions.systemHealthFlow);
      expect(mail.to(ops.email)).toHaveLength(alerts);
    }
    expect(mail.to(ops.email)[1]?.text).toContain("redis is ok");
    expect(error.mock.calls).toHaveLength(2);
  });
});
