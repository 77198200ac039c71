import { limits } from "@stepwell/protocol";
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
  expect(hook.received[1]?.body).toMatchObject({ type: "alert.recovered", text: expect.stringMatching(/^over after 5m: 75 %/) });
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
