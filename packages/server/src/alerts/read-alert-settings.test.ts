import { expect, test } from "vitest";
import { readAlertSettings } from "./read-alert-settings.ts";

const channels = { ops: { kind: "slack", url: "https://hooks.slack.com/x" } };

function read(value: unknown, env: Readonly<Record<string, string>> = {}) {
  const reading = readAlertSettings(value, env);
  return reading.kind === "settings" ? reading.settings : reading.problems;
}

test("what is left out has its default, and every channel is told", () => {
  const rules = [
    { kind: "failure-rate", above: "10%" },
    { kind: "backlog-age", above: "1m", function: "shop/fulfil", to: "ops" },
    { kind: "schedule-missed", name: "nightly", function: "shop-nightly", to: ["ops"] },
    { kind: "breaker-open", function: "shop/charge" },
  ];
  expect(read({ rules, channels })).toEqual({
    channels: [{ name: "ops", kind: "slack", url: "https://hooks.slack.com/x" }],
    rules: [
      { name: "failure-rate", kind: "failure-rate", above: 0.1, windowMs: 300_000, minRuns: 20, channels: ["ops"] },
      { name: "backlog-age shop/fulfil", kind: "backlog-age", aboveMs: 60_000, functionSlug: "shop-fulfil", channels: ["ops"] },
      { name: "nightly", kind: "schedule-missed", functionSlug: "shop-nightly", channels: ["ops"] },
      { name: "breaker-open shop/charge", kind: "breaker-open", functionSlug: "shop-charge", channels: ["ops"] },
    ],
  });
});

test("numbers are taken as JSON has them and as YAML has them; a bare one means seconds", () => {
  const rule = (above: unknown, more: object = {}) => ({ kind: "failure-rate", above, ...more });
  const rules = [rule(0.25, { name: "a", window: 120, "min-runs": 5 }), rule("0.25", { name: "b", window: "120", "min-runs": "5" })];
  const expected = { above: 0.25, windowMs: 120_000, minRuns: 5 };
  expect(read({ rules, channels })).toMatchObject({ rules: [expected, expected] });
});

test("a text that is a variable's name comes from the environment", () => {
  const hook = { kind: "webhook", url: "$HOOK_URL", headers: { authorization: "$HOOK_KEY" } };
  const value = { rules: [], channels: { hook } };
  expect(read(value, { HOOK_URL: "https://h/x", HOOK_KEY: "Bearer 1" })).toMatchObject({
    channels: [{ url: "https://h/x", headers: { authorization: "Bearer 1" } }],
  });
  expect(read(value, { HOOK_URL: "https://h/x" })).toEqual(["alerts: the environment has no HOOK_KEY"]);
});

test("mail goes to one address or several, with a name before them or without", () => {
  const mail = { kind: "mail", smtp: "smtps://user:p%40ss@mail.example.com:465", from: "Stepwell <ops@example.com>" };
  expect(read({ rules: [], channels: { mail: { ...mail, to: "a@example.com" } } })).toMatchObject({
    channels: [{ to: ["a@example.com"] }],
  });
  expect(read({ rules: [], channels: { mail: { ...mail, to: [] } } })).toEqual([expect.stringContaining("alerts.channels.mail.to")]);
});

test.each<readonly [string, unknown, RegExp]>([
  ["no object", [], /^alerts: /],
  ["no rules", { channels }, /^alerts\.rules: /],
  ["an unknown kind of rule", { rules: [{ kind: "failures" }], channels }, /^alerts\.rules\.0\.kind: a kind of rule: failure-rate,/],
  ["a setting that a breaker has itself", { rules: [{ kind: "breaker-open", above: 3 }], channels }, /^alerts\.rules\.0\.above: no such/],
  ["a missing threshold", { rules: [{ kind: "failure-rate" }], channels }, /^alerts\.rules\.0\.above: it is missing/],
  ["a share of all", { rules: [{ kind: "failure-rate", above: "100%" }], channels }, /below the whole/],
  ["a share below none", { rules: [{ kind: "failure-rate", above: -0.1 }], channels }, /a share such as/],
  ["a window that is none", { rules: [{ kind: "failure-rate", above: 0.1, window: "soon" }], channels }, /window: a duration such as 5m/],
  ["a window that is too long", { rules: [{ kind: "failure-rate", above: 0.1, window: "25h" }], channels }, /from 1m to 1d/],
  ["no runs", { rules: [{ kind: "failure-rate", above: 0.1, "min-runs": 0 }], channels }, /min-runs: a whole number from 1/],
  ["an unknown setting", { rules: [{ kind: "schedule-missed", above: 1 }], channels }, /^alerts\.rules\.0\.above: no such setting/],
  ["an unknown channel", { rules: [{ kind: "schedule-missed", to: "opps" }], channels }, /goes to "opps"/],
  ["no channel", { rules: [{ kind: "schedule-missed" }], channels: {} }, /nobody would be told/],
  [
    "two rules of one name",
    { rules: [{ kind: "schedule-missed" }, { kind: "schedule-missed" }], channels },
    /two are called "schedule-missed"/,
  ],
  ["an address that is none", { rules: [], channels: { a: { kind: "slack", url: "hooks.slack.com" } } }, /^alerts\.channels\.a\.url: /],
  ["another protocol", { rules: [], channels: { a: { kind: "webhook", url: "file:///etc/passwd" } } }, /http:\/\/ or https/],
  ["mail without a server", { rules: [], channels: { a: { kind: "mail", from: "a@b.c", to: "a@b.c" } } }, /^alerts\.channels\.a\.smtp: /],
  ["an unknown kind of channel", { rules: [], channels: { a: { kind: "pager" } } }, /a kind of channel: webhook, slack or mail/],
])("%s is refused with its place", (_, value, problem) => {
  const problems = read(value);
  expect(problems).toEqual(expect.arrayContaining([expect.stringMatching(problem)]));
});
