import type { BreakerReport } from "@stepwell/engine";
import { limits, type StoreSeq } from "@stepwell/protocol";
import type { AppId, EnvironmentId, FailureGroupReport, FunctionId } from "@stepwell/store";
import { expect, test } from "vitest";
import { AlertWorld, at, hookServer, mailServer } from "./alert-world.ts";

const minute = 60_000;
const rules = [{ kind: "failure-rate", above: "50%", window: "5m", "min-runs": 4 }];

test("a failure rate is told of once by webhook, Slack and mail, and once when it is over", async () => {
  const [hook, slack, mail] = [await hookServer(), await hookServer(), await mailServer()];
  const channels = {
    hook: { kind: "webhook", url: hook.url, headers: { authorization: "Bearer 1" } },
    slack: { kind: "slack", url: slack.url },
    mail: { kind: "mail", smtp: mail.smtp, from: "Stepwell <stepwell@example.com>", to: ["a@example.com", "b@example.com"] },
  };
  await using world = await AlertWorld.open({ alerts: { rules, channels } });
  world.ends("shop<1>", "failed", 3);
  world.ends("shop<1>", "completed", 1);
  await world.pass(2 * minute);
  expect(hook.received).toMatchObject([
    {
      headers: { authorization: "Bearer 1", "content-type": "application/json" },
      body: {
        type: "alert.firing",
        rule: "failure-rate",
        subject: "shop<1>",
        text: "75 % of 4 runs of shop<1> failed within 5m (more than 50 %)",
        since: "2026-01-01T00:00:00.000Z",
        server: "node-1",
      },
    },
  ]);
  expect(slack.received.map(({ body }) => body)).toEqual([
    { text: "🔴 *failure-rate* on node-1: 75 % of 4 runs of shop&lt;1&gt; failed within 5m (more than 50 %)" },
  ]);
  expect(mail.received).toMatchObject([
    {
      from: "stepwell@example.com",
      to: ["a@example.com", "b@example.com"],
      subject: "[stepwell] Alert: failure-rate – shop<1>",
      text: expect.stringContaining("75 % of 4 runs"),
    },
  ]);
  await world.pass(5 * minute);
  expect(hook.received[1]?.body).toMatchObject({ type: "alert.recovered", text: expect.stringMatching(/^over after 5m1s: 75 %/) });
  expect([hook, slack, mail].map(({ received }) => received.length)).toEqual([2, 2, 2]);
  expect(world.keeper.open).toEqual([]);
});

test("a restart tells nothing twice, and does not take silence after it for an end", async () => {
  const hook = await hookServer();
  await using world = await AlertWorld.open({ alerts: { rules, channels: { hook: { kind: "webhook", url: hook.url } } } });
  world.ends("shop-a", "failed", 4);
  await world.pass(minute);
  await world.restart();
  await world.pass(4 * minute);
  expect([world.keeper.open.length, hook.received.length]).toEqual([1, 1]);
  await world.pass(3 * minute);
  expect(hook.received.map(({ body }) => body["type"])).toEqual(["alert.firing", "alert.recovered"]);
});

test("what could not be delivered is tried again, over a restart too, and given up after a bound", async () => {
  const [good, bad] = [await hookServer(), await hookServer()];
  bad.status = 503;
  const channels = { good: { kind: "webhook", url: good.url }, bad: { kind: "slack", url: bad.url } };
  await using world = await AlertWorld.open({ alerts: { rules: [{ kind: "backlog-age", above: "1m" }], channels } });
  world.backlog = [{ functionSlug: "shop-a", since: at(-2 * minute), items: 7 }];
  await world.pass(10_000);
  expect([good.received.length, bad.received.length]).toEqual([1, 2]);
  expect(world.keeper.channels()).toMatchObject([
    { pending: 0, delivered: 1 },
    { pending: 1, lastError: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+ answered with HTTP 503$/) },
  ]);
  await world.restart();
  await world.pass(30_000);
  expect(bad.received).toHaveLength(3);
  bad.status = 200;
  await world.pass(3 * minute);
  expect([good.received.length, bad.received.length]).toEqual([1, 4]);
  bad.status = 503;
  world.backlog = [];
  await world.pass(30 * minute);
  expect(bad.received).toHaveLength(4 + limits.alertAttemptsMax);
  expect(world.failures).toEqual([expect.stringContaining('"bad" was given up after 5 tries')]);
  expect(good.received.map(({ body }) => body["type"])).toEqual(["alert.firing", "alert.recovered"]);
});

test("a private address is not asked in production unless it is let in; a wrong password of mail is said", async () => {
  const [hook, mail] = [await hookServer(), await mailServer()];
  const channels = {
    hook: { kind: "webhook", url: hook.url },
    mail: { kind: "mail", smtp: mail.smtp.replace("p%40ss", "guess"), from: "a@example.com", to: "b@example.com" },
  };
  await using guarded = await AlertWorld.open({ alerts: { rules: [], channels }, guarded: { allowed: [] } });
  expect(await guarded.keeper.test(["hook", "mail"])).toEqual([
    { name: "hook", error: expect.stringMatching(/127\.0\.0\.1.*--allow-call-to/) },
    { name: "mail", error: expect.stringContaining("who are you?") },
  ]);
  expect([hook.received, mail.received]).toEqual([[], []]);
  await using open = await AlertWorld.open({ alerts: { rules: [], channels }, guarded: { allowed: ["127.0.0.1"] } });
  expect(await open.keeper.test(["hook"])).toEqual([{ name: "hook", error: undefined }]);
  expect(hook.received).toMatchObject([{ body: { type: "alert.test" } }]);
});

test("a new error is told of until it is resolved, and again when it comes back; what was there before is not new", async () => {
  const hook = await hookServer();
  await using world = await AlertWorld.open({
    alerts: { rules: [{ kind: "new-error-group" }], channels: { hook: { kind: "webhook", url: hook.url } } },
  });
  const old = failure({ fingerprint: "aa", firstAt: at(-minute), lastAt: at(0) });
  world.errors = [old];
  await world.pass(minute);
  const fresh = failure({ fingerprint: "bb", firstAt: at(minute), lastAt: at(minute), stepName: "charge" });
  world.errors = [{ ...old, lastAt: at(minute) }, fresh];
  await world.restart();
  await world.pass(minute);
  // Others fail later; it is still open, though it is not among the latest.
  world.errors = [{ ...fresh, lastAt: at(0) }];
  await world.pass(10 * minute);
  expect(hook.received.map(({ body }) => body)).toMatchObject([
    {
      type: "alert.firing",
      subject: "shop-a bb",
      text: 'shop-a fails in a new way in step "charge": CardError: card <n> (1 run so far; group bb)',
    },
  ]);
  world.errors = [{ ...fresh, state: "resolved" }];
  await world.pass(2 * minute);
  world.errors = [{ ...fresh, reopenedAt: world.clock.now(), lastAt: world.clock.now(), count: 3 }];
  await world.pass(minute);
  world.errors = [];
  await world.pass(3 * minute);
  expect(hook.received.map(({ body }) => body["type"])).toEqual(["alert.firing", "alert.recovered", "alert.firing", "alert.recovered"]);
  expect(hook.received[2]?.body["text"]).toMatch(/fails again in a way that was resolved in step .*3 runs so far/);
});

function failure(parts: Partial<FailureGroupReport>): FailureGroupReport {
  return {
    ...{ seq: 1 as StoreSeq, environmentId: 1 as EnvironmentId, functionId: 1 as FunctionId, appId: 1 as AppId },
    ...{ functionSlug: "shop-a", functionName: "a", appName: "shop", fingerprint: "aa", name: "CardError", template: "card <n>" },
    ...{ state: "open", count: 1, kept: 1, redriven: 0, firstAt: at(0), lastAt: at(0) },
    ...parts,
  };
}

test("a failure is looked at within a second, and a storm of them once a second", async () => {
  const hook = await hookServer();
  await using world = await AlertWorld.open({ alerts: { rules, channels: { hook: { kind: "webhook", url: hook.url } } } });
  await world.pass(5_000);
  world.ends("shop-a", "failed", 4);
  await world.pass(limits.alertLookMsMin);
  expect(hook.received).toHaveLength(1);
  const looks = new Set<unknown>();
  for (let n = 0; n < 100; n += 1) {
    world.ends("shop-a", "failed", 1);
    await world.pass(100);
    looks.add(world.keeper.lookedAt);
  }
  expect(looks.size).toBeLessThanOrEqual(11);
});

test("a breaker that opens is told of within a second, once, over a restart too, and when it has closed for a while", async () => {
  const hook = await hookServer();
  await using world = await AlertWorld.open({
    alerts: { rules: [{ kind: "breaker-open" }], channels: { hook: { kind: "webhook", url: hook.url } } },
  });
  await world.pass(5_000);
  const since = world.clock.now();
  const until = at(35_000);
  const about = { slug: "shop-a", reason: "failures", calls: 7, failures: 5 } as const;
  const open: BreakerReport = { id: "0a1b", functionId: 1 as FunctionId, ...about, passed: 0, status: "open", since, until };
  world.breakers = [open];
  world.keeper.emit({ kind: "breaker.opened", at: since, breakerId: open.id, ...about, until, again: false });
  await world.pass(limits.alertLookMsMin);
  expect(hook.received.map(({ body }) => body)).toMatchObject([
    { type: "alert.firing", rule: "breaker-open", subject: "shop-a", text: expect.stringContaining("5 of 7 calls failed") },
  ]);
  await world.restart();
  // It closes and opens again within the minute: that is one alert.
  world.breakers = [];
  await world.pass(30_000);
  world.breakers = [{ ...open, status: "half_open" }];
  await world.pass(5 * minute);
  expect(hook.received).toHaveLength(1);
  world.breakers = [];
  await world.pass(2 * minute);
  expect(hook.received.map(({ body }) => body["type"])).toEqual(["alert.firing", "alert.recovered"]);
  expect(world.keeper.open).toEqual([]);
});

test("nothing is written while nothing changes", async () => {
  const hook = await hookServer();
  await using world = await AlertWorld.open({ alerts: { rules, channels: { hook: { kind: "webhook", url: hook.url } } } });
  await world.pass(minute);
  expect(world.writes).toBe(0);
  world.ends("shop-a", "failed", 4);
  await world.pass(minute);
  // That it is told of, and that it was delivered.
  expect(world.writes).toBe(2);
});
